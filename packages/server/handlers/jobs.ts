// Jobs: taken in, found, awaited, cancelled, explained.
import { createHash } from "node:crypto";
import type { Job, JobExplanation, JobOutput, JobPlan, JobStatus } from "@baton/api";
import { defined, formatInstant, isArray, isObject, type Instant, type Json } from "@baton/core";
import { JobsRefused, maxJobsPerSubmission, planId, readSubmission, reasonWithoutPass, type JobView, type NewJob } from "@baton/runtime";
import type { ApiRequest, Handler, Services } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** POST /v1/jobs */
export const submitJobs: Handler = async (request, services) => {
  const { desk } = services.jobs;
  const jobs = submissionOf(request, services);
  const idempotencyKey = request.text("Idempotency-Key");
  const fingerprint = createHash("sha256").update(request.body).digest("base64url");
  const submitted = await desk.submit({ jobs, ...(idempotencyKey !== undefined && { idempotencyKey, fingerprint }) });
  const timeoutMs = request.number("wait") ?? 0;
  const [only] = submitted.jobs;
  const shown =
    timeoutMs > 0 && only && submitted.jobs.length === 1 ? [await desk.wait(only.id, timeoutMs, request.signal())] : submitted.jobs;
  const replayed = submitted.created ? {} : { "idempotency-replayed": "true" };
  const headers = { ...(only && { location: `/v1/jobs/${only.id}` }), ...replayed };
  return { status: submitted.created ? 201 : 200, value: { jobs: shown.map(shownJob), graph: submitted.graph }, headers };
};

/** POST /v1/jobs:plan */
export const planJobs: Handler = async (request, services) => {
  const jobs = submissionOf(request, services);
  const { decisions, trace, changes } = await services.jobs.desk.plan(jobs, Date.now());
  const ids = new Set(jobs.map((_, i) => planId(i)));
  const value: JobPlan = {
    jobs: jobs.map(({ name, definition }, i) => {
      const start = decisions.find((decision) => decision.type === "start" && decision.jobId === planId(i));
      const node = start?.type === "start" ? start.nodeId : null;
      const waits = trace.findLast((entry) => entry.type === "waits" && entry.jobId === planId(i));
      const expected = changes.find(({ jobId }) => jobId === planId(i))?.after;
      return {
        name,
        decision: node === null ? "wait" : "start",
        node,
        reason: node === null ? (waits?.type === "waits" ? waits.code : reasonWithoutPass(definition.placement)) : null,
        expectedStart: expected ? shownEstimate(expected) : null,
      };
    }),
    delayed: changes
      .filter(({ jobId }) => !ids.has(jobId))
      .map(({ jobId, before, after }) => ({ job: jobId, before: orNull(before?.at ?? null), after: orNull(after?.at ?? null) })),
    preempted: decisions.flatMap((decision) => (decision.type === "preempt" ? [decision.jobId] : [])),
  };
  return { status: 200, value };
};

function submissionOf(request: ApiRequest, { jobs }: Services): readonly NewJob[] {
  const read = readSubmission(readJsonBody(request.body), jobs.readingFacts());
  if (!read.ok) throw JobsRefused.ofFields(read.error);
  return read.value;
}

/** GET /v1/jobs */
export const listJobs: Handler = async (request, { jobs }) => {
  const size = pageSizeOf(request);
  const before = startAfter(request);
  const [status, queue, graph] = [request.text("status"), request.text("queue"), request.text("graph")];
  const found = await jobs.desk.list({
    limit: size + 1,
    ...(before !== undefined && { before }),
    ...(status !== undefined && { status }),
    ...(queue !== undefined && { queue }),
    ...(graph !== undefined && { graph }),
  });
  return { status: 200, value: pageOf(found.map(shownJob), size, ({ id }) => id) };
};

/** GET /v1/jobs/{id} */
export const getJob: Handler = async (request, { jobs }) => {
  const timeoutMs = request.number("wait") ?? 0;
  const job = await (timeoutMs > 0 ? jobs.desk.wait(idOf(request), timeoutMs, request.signal()) : jobs.desk.get(idOf(request)));
  return { status: 200, value: shownJob(job) };
};

/** GET /v1/jobs/{id}/output */
export const getJobOutput: Handler = async (request, { jobs }) => {
  const from = request.number("from") ?? 0;
  const attempt = request.number("attempt");
  const timeoutMs = request.number("wait") ?? 0;
  const { desk } = jobs;
  const page = await (timeoutMs > 0
    ? desk.outputSoon(idOf(request), from, piecesPerPage, { attempt, timeoutMs, signal: request.signal() })
    : desk.output(idOf(request), from, piecesPerPage, attempt));
  const pieces = page.pieces.map(({ position, stream, at, text }) => ({ position, stream, at: formatInstant(at), text }));
  const value: JobOutput = { attempt: page.attempt, pieces, next: page.next, complete: page.complete };
  return { status: 200, value };
};

const piecesPerPage = 100;

/** GET /v1/jobs/{id}/explanation */
export const explainJob: Handler = async (request, { jobs }) => {
  const { job, waits, summary } = await jobs.desk.explain(idOf(request));
  const value: JobExplanation = {
    job: shownJob(job),
    summary,
    rank: waits?.rank ?? null,
    ahead: waits?.ahead ?? [],
    reasons: (waits?.reasons ?? []).map((reason) => ({
      code: reason.code,
      summary: reason.summary,
      remedy: reason.remedy.summary,
      evidence: reason.evidence as unknown as Json,
    })),
    smallestChange: waits?.smallestChange?.summary ?? null,
    estimate: waits?.estimate ? shownEstimate(waits.estimate) : null,
  };
  return { status: 200, value };
};

/** POST /v1/jobs/{id}:cancel */
export const cancelJob: Handler = async (request, { jobs }) => ({ status: 200, value: shownJob(await jobs.desk.cancel(idOf(request))) });

/** POST /v1/jobs/{id}:retry */
export const retryJob: Handler = async (request, { jobs }) => {
  const [again] = (await jobs.desk.retry([idOf(request)])).jobs;
  return { status: 200, value: shownJob(defined(again, "the job that was submitted")) };
};

/** POST /v1/jobs:retry */
export const retryJobs: Handler = async (request, { jobs }) => {
  const submitted = await jobs.desk.retry(idsOf(request));
  return { status: 201, value: { jobs: submitted.jobs.map(shownJob), graph: submitted.graph } };
};

function idsOf(request: ApiRequest): readonly string[] {
  const body = readJsonBody(request.body);
  const ids = isObject(body) ? body["ids"] : undefined;
  if (isArray(ids ?? null) && (ids as readonly Json[]).every((id) => typeof id === "string")) {
    const given = ids as readonly string[];
    if (given.length > 0 && given.length <= maxJobsPerSubmission) return given;
  }
  const detail = `ids must be a list of 1 to ${maxJobsPerSubmission} ids of jobs`;
  throw JobsRefused.ofFields([{ pointer: "/ids", detail }]);
}

function idOf(request: ApiRequest): string {
  return request.path["id"] ?? "";
}

/** A job as it goes over the wire. */
export function shownJob(view: JobView): Job {
  return {
    ...view,
    status: view.status satisfies JobStatus,
    work: view.work,
    submittedAt: formatInstant(view.submittedAt),
    notBefore: orNull(view.notBefore),
    startedAt: orNull(view.startedAt),
    endedAt: orNull(view.endedAt),
  };
}

function shownEstimate({ at, earliest, latest }: { readonly at: Instant; readonly earliest: Instant; readonly latest: Instant }): {
  readonly at: string;
  readonly earliest: string;
  readonly latest: string;
} {
  return { at: formatInstant(at), earliest: formatInstant(earliest), latest: formatInstant(latest) };
}

function orNull(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
