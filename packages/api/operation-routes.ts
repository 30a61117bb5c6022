// Routes about operations: one thing done to every run that fits a filter, in the background.
import { bodyErrors, idempotencyKey, noBody, pageSize, pageToken, type Route } from "./route.ts";

const one: Route["answers"] = { 200: { summary: "The operation.", schema: "Operation" } };

function command(verb: string, summary: string): Route {
  return {
    method: "POST",
    path: `/v1/operations/{id}:${verb}`,
    tag: "runs",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers: one,
    errors: [...bodyErrors, "operation-unknown", "operation-ended", "idempotency-key-reused"],
  };
}

/** By operation. */
export const operationRoutes = {
  startOperation: {
    method: "POST",
    path: "/v1/operations",
    tag: "runs",
    summary: "Begins to do something to every run that fits a filter; it goes on in the background, also after a restart.",
    parameters: [idempotencyKey],
    body: {
      types: ["application/json"],
      summary: "`action`, `filter`, `rate`; of a migration `version` and `check`.",
      required: true,
      schema: "OperationRequest",
    },
    answers: { 202: { summary: "The operation; `Location` says where to ask for it.", schema: "Operation" } },
    errors: [...bodyErrors, "filter-invalid", "operations-too-many", "idempotency-key-reused"],
  },
  listOperations: {
    method: "GET",
    path: "/v1/operations",
    tag: "runs",
    summary: "Lists the operations, the newest first. Those that have ended are kept for thirty days.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "OperationPage" } },
    errors: [],
  },
  getOperation: {
    method: "GET",
    path: "/v1/operations/{id}",
    tag: "runs",
    summary: "An operation: how far it has come, and which runs refused it.",
    parameters: [],
    answers: one,
    errors: ["operation-unknown"],
  },
  pauseOperation: command("pause", "Lets an operation begin no further batch until it is resumed."),
  resumeOperation: command("resume", "Lets a paused operation go on."),
  stopOperation: command("stop", "Ends an operation; what it has done stays done."),
} as const satisfies { readonly [operationId: string]: Route };
