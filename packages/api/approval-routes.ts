// Routes about approvals: what waits for a person, and the answers.
import { bodyErrors, idempotencyKey, pageSize, pageToken, type Route } from "./route.ts";

function answer(verb: string, summary: string): Route {
  return {
    method: "POST",
    path: `/v1/approvals/{id}:${verb}`,
    tag: "approvals",
    summary,
    parameters: [idempotencyKey],
    body: { types: ["application/json"], summary: "Who answers, why, and with which form.", required: true, schema: "ApprovalAnswer" },
    answers: { 200: { summary: "The run after the answer.", schema: "Run" } },
    errors: [
      ...bodyErrors,
      "approval-unknown",
      "approval-ambiguous",
      "approval-invalid",
      "approval-suspended",
      "approval-not-taken",
      "run-incident",
      "idempotency-key-reused",
    ],
  };
}

/** By operation. */
export const approvalRoutes = {
  listApprovals: {
    method: "GET",
    path: "/v1/approvals",
    tag: "approvals",
    summary: "Lists what waits for a person, in the order of the runs; a page counts runs.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "ApprovalPage" } },
    errors: [],
  },
  getApproval: {
    method: "GET",
    path: "/v1/approvals/{id}",
    tag: "approvals",
    summary: "An approval with what there is to decide on; its id is RUN.STEP, or RUN where that waits for one alone.",
    parameters: [],
    answers: { 200: { summary: "The approval.", schema: "Approval" } },
    errors: ["approval-unknown", "approval-ambiguous"],
  },
  approve: answer("approve", "Approves: the task that waits takes the answer as an event."),
  reject: answer("reject", "Rejects: the same, with `approved` false."),
} as const satisfies { readonly [operationId: string]: Route };
