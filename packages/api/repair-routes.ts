// The routes that repair runs: beginning one where another stood, going on with another version.
import { bodyErrors, idempotencyKey, longestText, type Route } from "./route.ts";

/** The routes by their operations. */
export const repairRoutes = {
  diffFlow: {
    method: "GET",
    path: "/{name}/versions/{version}/diff",
    namespaced: true,
    tag: "flows",
    summary:
      "What differs between two versions of a flow, by the names of steps, and which live runs of the first could go on with the second.",
    parameters: [
      {
        name: "to",
        in: "query",
        kind: { type: "text", maxLength: longestText },
        summary: "The second version; the newest, when nothing is said.",
      },
    ],
    answers: { 200: { summary: "The differences.", schema: "FlowDiff" } },
    errors: ["flow-unknown"],
  },
  forkRun: {
    method: "POST",
    path: "/v1/runs/{id}:fork",
    tag: "runs",
    summary: "Begins a run with the history of this one before a step, and goes on from there.",
    parameters: [idempotencyKey],
    body: {
      types: ["application/json"],
      summary: "`from`: the step; `input`: another input for it; `flow`: another definition.",
      required: true,
      schema: "ForkRequest",
    },
    answers: { 201: { summary: "The new run; `Location` says where it is.", schema: "Run" } },
    errors: [...bodyErrors, "run-unknown", "step-unknown", "flow-unknown", "command-refused", "idempotency-key-reused"],
  },
  migrateRun: {
    method: "POST",
    path: "/v1/runs/{id}:migrate",
    tag: "runs",
    summary: "Lets a run go on with another version of its flow, or only says whether it could.",
    parameters: [idempotencyKey],
    body: {
      types: ["application/json"],
      summary: "`version`: the version; `check`: true to change nothing.",
      required: true,
      schema: "MigrationRequest",
    },
    answers: { 200: { summary: "What became of it, or would.", schema: "Migration" } },
    errors: [...bodyErrors, "run-unknown", "flow-unknown", "command-refused", "idempotency-key-reused"],
  },
} as const satisfies { readonly [operationId: string]: Route };
