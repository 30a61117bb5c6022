// Runs: starting, reading, waiting for and commanding them.
import { createHash } from "node:crypto";
import { apiError, isFinal, problemOf, problemType, type RunVerb } from "@baton/api";
import { BatonError, type Json } from "@baton/core";
import type { RunView, StepView } from "@baton/engine";
import type { Jobs } from "@baton/runtime";
import { tenant, type ApiAnswer, type Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { flowNameOf } from "./flows.ts";

/** POST /v1/flows/{name}:run */
export const startRun: Handler = async (request, { runtime }) => {
  const input = readJsonBody(request.body);
  const workflow = flowNameOf(request, request.text("version"));
  const idempotencyKey = request.text("Idempotency-Key");
  const fingerprint = digest(JSON.stringify([workflow.namespace, workflow.name, workflow.version ?? null, input]));
  const keyed = idempotencyKey === undefined ? {} : { idempotencyKey, fingerprint };
  const { runId, created } = await runtime.startRun({ tenant, workflow, input, ...keyed });
  const timeoutMs = request.number("wait") ?? 0;
  const run = await (timeoutMs > 0
    ? runtime.waitForRun(tenant, runId, { timeoutMs, signal: request.signal() })
    : runtime.getRun(tenant, runId));
  const headers = { location: `/v1/runs/${runId}`, ...(created ? {} : { "idempotency-replayed": "true" }) };
  if (request.text("answer") === "output" && isFinal(run.status)) return { ...outputOf(run, request.url), headers };
  return { status: isFinal(run.status) ? 200 : 202, value: run, headers };
};

/** The output alone, or why there is none: with the status of the run's own error, where that says something to a caller. */
function outputOf({ id, status, error, output }: RunView, instance: string): ApiAnswer {
  if (status === "completed") return jsonAnswer(output);
  const why = error === null ? "" : `: ${error.title ?? error.type}${error.detail === undefined ? "" : ` (${error.detail})`}`;
  const problem = problemOf(apiError("run-not-completed", { message: `The run ${id} is ${status}${why}` }), { instance });
  const ownStatus = error !== null && error.status >= 400 && error.status <= 599 ? error.status : problem.status;
  const content = JSON.stringify({ ...problem, status: error === null ? cancelledStatus : ownStatus });
  return { status: error === null ? cancelledStatus : ownStatus, text: { type: problemType, content } };
}

const cancelledStatus = 409;

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** GET /v1/runs/{id} */
export const getRun: Handler = async (request, { runtime, jobs }) => {
  const { id = "" } = request.path;
  const timeoutMs = request.number("wait") ?? 0;
  const run = await (timeoutMs > 0 ? runtime.waitForRun(tenant, id, { timeoutMs, signal: request.signal() }) : runtime.getRun(tenant, id));
  return { status: 200, value: withJobs(run, jobs) };
};

/** Steps with the jobs that they wait for, and why those wait. */
function withJobs(run: RunView, jobs: Jobs): RunView {
  if (isFinal(run.status) || jobs.ofSteps.size === 0) return run;
  const steps = run.steps.map((step, i): StepView => {
    const job = jobs.ofStep(run.id, i + 1);
    if (job === undefined) return step;
    return { ...step, job: job.id, ...(job.reason !== null && { waiting: { reason: job.reason } }) };
  });
  return { ...run, steps };
}

/** GET /v1/runs/{id}/output */
export const getRunOutput: Handler = async (request, { runtime }) => {
  const { id = "" } = request.path;
  const run = await runtime.getRun(tenant, id);
  if (run.status !== "completed") throw apiError("output-missing", { message: `The run is ${run.status}.`, where: id });
  return jsonAnswer(run.output);
};

/** GET /v1/runs/{id}/steps/{step}/output */
export const getStepOutput: Handler = async (request, { runtime }) => {
  const { id = "", step = "" } = request.path;
  const { steps } = await runtime.getRun(tenant, id);
  const found = /^\d{1,9}$/.test(step) ? steps[Number(step) - 1] : undefined;
  if (found === undefined) throw apiError("output-missing", { message: `The run has no step ${step}; it has ${steps.length}.`, where: id });
  if (found.status !== "completed") throw apiError("output-missing", { message: `Step ${step} is ${found.status}.`, where: id });
  return jsonAnswer(found.output);
};

/** Any value, also one that is no object. */
function jsonAnswer(value: Json): ApiAnswer {
  return { status: 200, text: { type: "application/json; charset=utf-8", content: JSON.stringify(value) } };
}

/** POST /v1/runs/{id}:cancel, :terminate, :suspend, :resume and :retry */
export function commandRun(verb: RunVerb): Handler {
  return async (request, { runtime }) => {
    const { id = "" } = request.path;
    try {
      await runtime.command(tenant, id, verb);
      return { status: 200, value: await runtime.getRun(tenant, id) };
    } catch (error) {
      if (!(error instanceof BatonError && error.code === "command-refused")) throw error;
      const run = await runtime.getRun(tenant, id);
      if (hasTakenEffect(verb, run)) return { status: 200, value: run };
      throw error;
    }
  };
}

/** A command that is repeated is no error: the run is where the command wanted it. */
function hasTakenEffect(verb: RunVerb, { status }: RunView): boolean {
  switch (verb) {
    case "cancel":
    case "terminate":
      return status === "cancelled";
    case "suspend":
      return status === "suspended";
    case "retry":
      return false;
    case "resume":
      return !isFinal(status) && status !== "suspended";
  }
}
