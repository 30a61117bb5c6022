// Approvals: what waits for a person, and the answers.
import { longestAnswerer, longestReason, type Approval, type ApprovalSummary, type ProblemItem } from "@baton/api";
import { formatInstant, isObject, type Json } from "@baton/core";
import { approvalIdOf, type RunApproval } from "@baton/runtime";
import type { ApprovalAnswer } from "@baton/engine";
import { tenant, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { InvalidRequest } from "../http/problems.ts";
import { pageSizeOf, startAfter, tokenOf } from "./paging.ts";

/** GET /v1/approvals */
export const listApprovals: Handler = async (request, { runtime }) => {
  const size = pageSizeOf(request);
  const { approvals, lastRun } = await runtime.approvals.list(tenant, startAfter(request), size);
  const value = { items: approvals.map(summaryView), nextPageToken: lastRun === null ? null : tokenOf(lastRun) };
  return { status: 200, value };
};

/** GET /v1/approvals/{id} */
export const getApproval: Handler = async (request, { runtime }) => {
  const found = await runtime.approvals.get(tenant, request.path["id"] ?? "");
  const { steps } = await runtime.getRun(tenant, found.run.id);
  // As the run's view shows it: without what is secret.
  const input = steps[found.approval.step - 1]?.input ?? null;
  const value: Approval = { ...summaryView(found), input, form: found.approval.form?.document ?? null };
  return { status: 200, value };
};

/** POST /v1/approvals/{id}:approve and :reject */
export function answerApproval(approved: boolean): Handler {
  return async (request, { runtime }) => {
    const answer = readAnswer(readJsonBody(request.body), approved);
    const given = await runtime.approvals.answer(tenant, request.path["id"] ?? "", answer);
    if (!given.ok) throw invalid(given.error);
    return { status: 200, value: await runtime.getRun(tenant, given.value.run.id) };
  };
}

function summaryView({ run, approval }: RunApproval): ApprovalSummary {
  const { step, name, reference, title = null, role = null, since, until } = approval;
  return {
    id: approvalIdOf(run.id, step),
    runId: run.id,
    workflow: { namespace: run.namespace, name: run.workflow, version: run.version },
    step,
    name,
    reference,
    title,
    role,
    since: formatInstant(since),
    until: until === null ? null : formatInstant(until),
  };
}

const keys = ["by", "reason", "form"];

function readAnswer(body: Json, approved: boolean): ApprovalAnswer {
  if (!isObject(body)) throw invalid([{ pointer: "", detail: "the answer is an object with `by`, and perhaps `reason` and `form`" }]);
  const { by, reason, form } = body;
  const problems: ProblemItem[] = [
    ...Object.keys(body).flatMap((key) => (keys.includes(key) ? [] : { pointer: `/${key}`, detail: `"${key}" is no part of an answer` })),
    ...textProblems("by", by ?? "", 1, longestAnswerer),
    ...textProblems("reason", reason ?? "", 0, longestReason),
  ];
  if (problems.length > 0) throw invalid(problems);
  return {
    approved,
    by: typeof by === "string" ? by.trim() : "",
    ...(typeof reason === "string" && reason !== "" && { reason }),
    ...(form !== undefined && form !== null && { form }),
  };
}

function textProblems(key: string, value: Json, least: number, most: number): ProblemItem[] {
  if (typeof value === "string" && value.trim().length >= least && value.length <= most) return [];
  const bounds = least === 0 ? `at most ${most} characters` : `${least} to ${most} characters`;
  return [{ pointer: `/${key}`, detail: `"${key}" is a text of ${bounds}` }];
}

function invalid(problems: readonly ProblemItem[]): InvalidRequest {
  return new InvalidRequest("approval-invalid", problems.map(({ detail }) => detail).join("; "), problems);
}
