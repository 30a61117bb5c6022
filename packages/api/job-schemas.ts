// Schemas of jobs. A submission is described loosely: the server reads it with better words for what is wrong.
import type { JsonObject } from "@baton/core";
import { anything, instant, object, orNull, page, reference, text } from "./schema-parts.ts";

const count = { type: "integer", minimum: 0 } as const;
const texts = { type: "array", items: text } as const;
const amounts = { type: "object", additionalProperties: count, description: "cpu in millis, memory and disk in bytes" } as const;
const estimate = object(
  { at: instant, earliest: instant, latest: instant },
  [],
  "The middle, and the interval that holds eight starts of ten.",
);

const namedProblem = object(
  { type: text, status: { type: "integer" }, title: text, detail: text },
  ["title", "detail"],
  "What a function has named its error, as RFC 9457 has it.",
);

const job = object(
  {
    id: text,
    name: orNull(text),
    graph: { ...orNull(text), description: "What it has in common with the jobs that were submitted with it." },
    status: {
      type: "string",
      enum: ["waiting", "pending", "allocated", "running", "suspended", "completed", "failed", "cancelled", "lost"],
    },
    reason: { ...orNull(text), description: "Why it waits, or the code of what it ended with." },
    work: {
      type: "object",
      required: ["kind"],
      properties: { kind: { type: "string", enum: ["command", "script", "container", "function", "package"] } },
    },
    origin: orNull(object({ runId: text, step: count }, [], "The step of a flow that it works for.")),
    queue: text,
    priority: { type: "integer", minimum: 0, maximum: 100 },
    requests: amounts,
    limits: object({ pids: count }, ["pids"], "What it may use at most beside what it asks for: processes and threads at a time."),
    after: texts,
    attempt: { ...count, description: "How often it was placed." },
    failures: count,
    losses: { ...count, description: "How often it lost its node." },
    node: orNull(text),
    cancelling: { type: "boolean" },
    timeoutMs: orNull({ type: "integer" }),
    webhook: { ...orNull(text), description: "The name of the webhook that is told of its end; its deliveries are listed under it." },
    submittedAt: instant,
    notBefore: orNull(instant),
    startedAt: orNull(instant),
    endedAt: orNull(instant),
    output: anything,
    error: orNull(
      object({ code: text, message: text, exitCode: { type: "integer" }, problem: namedProblem, next: text }, [
        "exitCode",
        "problem",
        "next",
      ]),
    ),
    usage: orNull(object({ wallMs: { type: "number" }, cpuMs: { type: "number" }, memoryBytes: count }, ["cpuMs", "memoryBytes"])),
  },
  [],
  "A unit of work that is placed on a node.",
);

const output = object({
  attempt: count,
  pieces: {
    type: "array",
    items: object({ position: count, stream: { type: "string", enum: ["stdout", "stderr"] }, at: instant, text }),
  },
  next: count,
  complete: { type: "boolean", description: "Nothing more will come." },
});

const explanation = object({
  job: reference("Job"),
  summary: text,
  rank: orNull(count),
  ahead: texts,
  reasons: { type: "array", items: object({ code: text, summary: text, remedy: text, evidence: anything }) },
  smallestChange: orNull(text),
  estimate: orNull(estimate),
});

const plan = object({
  jobs: {
    type: "array",
    items: object({
      name: orNull(text),
      decision: { type: "string", enum: ["start", "wait", "refuse"] },
      node: orNull(text),
      reason: orNull(text),
      expectedStart: orNull(estimate),
    }),
  },
  delayed: { type: "array", items: object({ job: text, before: orNull(instant), after: orNull(instant) }) },
  preempted: texts,
});

const queue = object(
  {
    name: text,
    tenant: { ...text, description: "The queue at the top above it." },
    parent: orNull(text),
    weight: { type: "number" },
    guarantee: { ...amounts, description: "What it can always have." },
    limit: { ...amounts, description: "What it can never exceed." },
    maxRunning: orNull(count),
    order: { anyOf: [{ type: "object" }, { type: "null" }], description: "Where it differs from the policy's." },
    takesJobs: { type: "boolean" },
    waiting: count,
    pending: count,
    running: count,
    suspended: count,
    used: amounts,
  },
  [],
  "A queue with what is in it, all below it included.",
);

const applied = object({
  kind: { type: "string", enum: ["tenant", "queue", "resource", "policy", "deployment", "autoscaler"] },
  name: text,
  result: { type: "string", enum: ["created", "changed", "unchanged"] },
});

/** By name. */
export const jobSchemas: { readonly [name: string]: JsonObject } = {
  AppliedObjects: object({ items: { type: "array", items: applied } }),
  Job: job,
  JobExplanation: explanation,
  JobOutput: output,
  JobPage: page("Job"),
  JobPlan: plan,
  Objects: object({ objects: { type: "array", items: { type: "object" } } }),
  Policy: { type: "object", description: "How the scheduler decides; docs/guide/scheduling.md says what its parts mean." },
  Queue: queue,
  Queues: object({ items: { type: "array", items: reference("Queue") } }),
  JobIds: object({ ids: { type: "array", items: text } }),
  Submission: { type: "object", description: "A job, or an object with a list of `jobs`." },
  Submitted: object({ jobs: { type: "array", items: reference("Job") }, graph: orNull(text) }),
};
