// Routes about jobs: taken in, found, watched, cancelled, explained.
import {
  bodyErrors,
  idempotencyKey,
  ifNoneMatch,
  longestText,
  noBody,
  pageSize,
  pageToken,
  wait,
  type BodyRule,
  type Route,
} from "./route.ts";

const jobStatuses = ["waiting", "pending", "allocated", "running", "suspended", "completed", "failed", "cancelled", "lost"];

const submission: BodyRule = {
  types: ["application/json"],
  summary: "A job, or `{ jobs: [...] }` for jobs that depend on each other; docs/guide/jobs.md has all fields.",
  required: true,
  schema: "Submission",
};
const submissionErrors = [
  ...bodyErrors,
  "job-unreadable",
  "payload-too-large",
  "executor-unavailable",
  "function-not-registered",
  "function-input-invalid",
  "job-invalid",
  "job-impossible",
  "dependency-cycle",
  "dependency-failed",
];

const retryErrors = ["job-not-retriable", "job-invalid", "job-impossible", "dependency-failed", "server-overloaded"];

function command(verb: string, summary: string, errors: readonly string[]): Route {
  return {
    method: "POST",
    path: `/v1/jobs/{id}:${verb}`,
    tag: "jobs",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "The job after the command.", schema: "Job" } },
    errors: [...bodyErrors, "job-unknown", "idempotency-key-reused", ...errors],
  };
}

/** By operation. */
export const jobRoutes = {
  submitJobs: {
    method: "POST",
    path: "/v1/jobs",
    tag: "jobs",
    summary: "Takes in one job, or a graph of jobs as a whole. The answer comes when they are durable; their results come later.",
    parameters: [{ ...wait, summary: "Hold the answer until the one job has ended, at most so long." }, idempotencyKey],
    body: submission,
    answers: {
      200: { summary: "The key was used before; these are the jobs.", schema: "Submitted" },
      201: { summary: "The jobs are taken in.", schema: "Submitted" },
    },
    errors: [...submissionErrors, "idempotency-key-reused", "server-overloaded", "secret-unknown", "webhooks-too-many"],
  },
  planJobs: {
    method: "POST",
    path: "/v1/jobs:plan",
    tag: "jobs",
    summary: "What would become of jobs if they were submitted now. Nothing changes.",
    parameters: [idempotencyKey],
    body: submission,
    answers: { 200: { summary: "What would be decided.", schema: "JobPlan" } },
    errors: submissionErrors,
  },
  listJobs: {
    method: "GET",
    path: "/v1/jobs",
    tag: "jobs",
    summary: "Lists jobs, the newest first.",
    parameters: [
      { name: "status", in: "query", kind: { type: "choice", of: jobStatuses }, summary: "Only with this status." },
      { name: "queue", in: "query", kind: { type: "text", maxLength: longestText }, summary: "Only of this queue." },
      { name: "graph", in: "query", kind: { type: "text", maxLength: longestText }, summary: "Only those that were submitted together." },
      pageSize,
      pageToken,
    ],
    answers: { 200: { summary: "One page.", schema: "JobPage" } },
    errors: [],
  },
  exportJobs: {
    method: "GET",
    path: "/v1/jobs:export",
    tag: "jobs",
    summary: "Jobs that have ended, the oldest first, as a history that `baton simulate --trace` reads: JSON lines, sent as they are read.",
    parameters: [
      { name: "since", in: "query", kind: { type: "instant" }, summary: "Only those that were submitted then or later." },
      {
        name: "until",
        in: "query",
        kind: { type: "instant" },
        summary: "Only those that were submitted before; now when nothing is said.",
      },
      {
        name: "queue",
        in: "query",
        kind: { type: "text", maxLength: longestText },
        summary: "Only those of this queue and of the queues below it.",
      },
    ],
    answers: {
      200: {
        summary: "The cluster as it is now, then a line for each job, then `end`; an answer without its last line is not whole.",
        mediaType: "application/jsonl",
      },
    },
    errors: [],
  },
  getJob: {
    method: "GET",
    path: "/v1/jobs/{id}",
    tag: "jobs",
    summary: "A job with its result.",
    parameters: [{ ...wait, summary: "Hold the answer until the job has ended, at most so long." }, ifNoneMatch],
    answers: { 200: { summary: "The job.", schema: "Job" }, 304: { summary: "Nothing has changed." } },
    errors: ["job-unknown"],
  },
  watchJob: {
    method: "GET",
    path: "/v1/jobs/{id}/watch",
    tag: "jobs",
    summary: "The job as it goes on, as server-sent events: `snapshot` (a Job), then `patch` (RFC 6902), and `end` with the last.",
    parameters: [],
    answers: { 200: { summary: "The stream; silent times carry comments.", mediaType: "text/event-stream" } },
    errors: ["job-unknown"],
  },
  getJobOutput: {
    method: "GET",
    path: "/v1/jobs/{id}/output",
    tag: "jobs",
    summary: "What an attempt of a job has written, from a position on; where pieces do not follow each other the middle was cut out.",
    parameters: [
      {
        name: "from",
        in: "query",
        kind: { type: "integer", min: 0, max: 1e15 },
        summary: "The position to read from: `next` of the page before.",
      },
      { name: "attempt", in: "query", kind: { type: "integer", min: 1, max: 1e6 }, summary: "Another attempt than the latest." },
      { ...wait, summary: "Where there is nothing yet, hold the answer until there is, at most so long." },
    ],
    answers: { 200: { summary: "The pieces.", schema: "JobOutput" } },
    errors: ["job-unknown"],
  },
  explainJob: {
    method: "GET",
    path: "/v1/jobs/{id}/explanation",
    tag: "jobs",
    summary: "Why a job waits, what would let it start, and when it is expected to.",
    parameters: [],
    answers: { 200: { summary: "The explanation.", schema: "JobExplanation" } },
    errors: ["job-unknown"],
  },
  cancelJob: command("cancel", "Ends a job: at once where it waits, else its processes are stopped. Said twice, they are killed.", [
    "job-ended",
  ]),
  retryJob: command("retry", "Submits a job that did not complete once more, as a new one.", retryErrors),
  retryJobs: {
    method: "POST",
    path: "/v1/jobs:retry",
    tag: "jobs",
    summary: "Submits jobs that did not complete once more, as new ones, which wait for each other as those did. All of them or none.",
    parameters: [idempotencyKey],
    body: { types: ["application/json"], summary: "Which jobs.", required: true, schema: "JobIds" },
    answers: { 201: { summary: "The new jobs, in the order of the ids.", schema: "Submitted" } },
    errors: [...bodyErrors, "job-unreadable", "job-unknown", "idempotency-key-reused", "secret-unknown", ...retryErrors],
  },
} as const satisfies { readonly [operationId: string]: Route };
