// JSON Schemas (2020-12) of everything that goes over the wire, as the OpenAPI document shows them.
import type { JsonObject } from "@baton/core";
import { longestAnswerer, longestReason } from "./limits.ts";
import { lockSchemas } from "./lock-schemas.ts";
import { autoscalerSchemas } from "./autoscaler-schemas.ts";
import { deploymentSchemas } from "./deployment-schemas.ts";
import { auditSchemas } from "./audit-routes.ts";
import { jobSchemas } from "./job-schemas.ts";
import { nodeSchemas } from "./node-schemas.ts";
import { anything, instant, object, orNull, page, reference, text } from "./schema-parts.ts";

export { reference } from "./schema-parts.ts";

const status: JsonObject = {
  type: "string",
  enum: ["pending", "running", "waiting", "suspended", "completed", "faulted", "cancelled"],
};

const identity = { namespace: text, name: text, version: text };
const eventIdentity = { event: { type: "integer", minimum: 1, description: "Its number: they count up." }, source: text, id: text };
const keptEvent = object(
  {
    ...eventIdentity,
    type: text,
    receivedAt: instant,
    consumed: { type: "boolean", description: "Somebody has taken it; who begins to wait now does not get it." },
    content: { type: "object", description: "The CloudEvent." },
  },
  [],
  "An event that is kept for a while.",
);
const receivedEvents = object({
  events: {
    type: "array",
    items: object({
      ...eventIdentity,
      duplicate: { type: "boolean", description: "An event of this source and id was there; nothing has happened." },
      listeners: { type: "integer", minimum: 0, description: "How many waited for it." },
    }),
  },
});
const workflowReference = object(identity, [], "What identifies a definition.");

const workflowError = object(
  { type: { type: "string", format: "uri-reference" }, status: { type: "integer" }, title: text, detail: text, instance: text },
  ["title", "detail"],
  "An error of a workflow; `instance` is the JSON Pointer of the task that raised it.",
);

const step = object(
  {
    name: text,
    reference: { type: "string", description: "JSON Pointer of the task in the document." },
    kind: text,
    status: reference("Status"),
    attempt: { type: "integer", minimum: 1 },
    input: anything,
    output: anything,
    error: orNull(reference("WorkflowError")),
    startedAt: instant,
    endedAt: orNull(instant),
    skipped: { type: "boolean", description: "Its `if` was false: it completed without having run." },
    compensates: { type: "integer", minimum: 1, description: "It undoes the step with this number, counted from 1." },
    waiting: object({ reason: text, until: instant }, ["until"], "Why it waits, and until when where that is known."),
    job: { type: "string", description: "The job that does its work, while it waits for one." },
  },
  ["skipped", "compensates", "waiting", "job"],
  "One execution of a task; a loop's iterations and a retry's attempts are separate entries.",
);

const run = object(
  {
    id: text,
    workflow: reference("WorkflowReference"),
    status: reference("Status"),
    input: anything,
    output: anything,
    error: orNull(reference("WorkflowError")),
    startedAt: instant,
    endedAt: orNull(instant),
    steps: { type: "array", items: reference("Step"), description: "In the order in which they started." },
    former: {
      type: "array",
      items: reference("WorkflowReference"),
      description: "What it was a run of before it was migrated, or forked with another definition; the earliest first.",
    },
    forkedFrom: object(
      { runId: text, step: { type: "integer", minimum: 1 } },
      [],
      "The run, and its step, whose history before that step is this one's.",
    ),
    concurrency: reference("Slot"),
    forks: { type: "array", items: text, description: "Runs that were forked from this one: the first hundred." },
    compensated: { type: "boolean", description: "There where steps were undone, or are being: whether that is done for all of them." },
    incident: { type: "string", description: "What to look at: a defect of Baton that stopped the run, or a compensation that failed." },
  },
  ["former", "forkedFrom", "forks", "concurrency", "compensated", "incident"],
  "One execution of a flow.",
);

const runSummary = object({
  id: text,
  workflow: reference("WorkflowReference"),
  status: reference("Status"),
  reason: { ...orNull(text), description: "Why it waits, or which error it faulted with." },
  startedAt: instant,
  endedAt: orNull(instant),
  parentId: { ...orNull(text), description: "The run that started this one, where it is a sub-flow." },
  forkedFrom: { ...orNull(text), description: "The run whose history up to a step is this one's." },
});

const line = { type: "integer", minimum: 1 };
const problemItem = object(
  {
    detail: text,
    pointer: { type: "string", description: "JSON Pointer into the request's body." },
    parameter: text,
    rule: text,
    severity: { type: "string", enum: ["error", "warning"] },
    line,
    column: line,
    endLine: line,
    endColumn: line,
    suggestion: text,
  },
  ["pointer", "parameter", "rule", "severity", "line", "column", "endLine", "endColumn", "suggestion"],
);

const problem = object(
  {
    type: { type: "string", format: "uri-reference" },
    title: text,
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: text,
    instance: text,
    code: { type: "string", description: "Stable; every code has a page in docs/errors." },
    hint: { type: "string", description: "What to do next." },
    retryable: { type: "boolean", description: "Whether the same request may succeed later without anything being changed." },
    errors: { type: "array", items: reference("ProblemItem") },
  },
  ["instance", "errors"],
  "An answer that is an error (RFC 9457).",
);

const firing = object(
  {
    at: { ...instant, description: "What the schedule says." },
    local: { ...instant, description: "The same on the clocks of its zone." },
    due: { ...instant, description: "When it happens, jitter included." },
  },
  [],
  "A firing of a schedule.",
);

const schedule = object(
  {
    flow: reference("WorkflowReference"),
    status: { type: "string", enum: ["active", "paused", "ended"] },
    trigger: { type: "object", description: "What the document says." },
    timeZone: text,
    overlap: { type: "string", enum: ["allow", "skip", "buffer-one", "cancel-other"] },
    catchup: { type: "string", enum: ["last", "all", "none"] },
    next: orNull(reference("Firing")),
    last: orNull(object({ at: instant, runId: text })),
    running: { ...orNull(text), description: "The run that an `after` or an overlap policy waits for." },
    backfilling: { type: "boolean" },
    fired: { type: "integer", minimum: 0 },
    skipped: { type: "integer", minimum: 0 },
  },
  [],
  "The schedule of a flow: that of its newest version.",
);

const health = object({ status: { type: "string", enum: ["ok", "starting", "stopping"] } });

const secret = object(
  { namespace: text, name: text, updatedAt: instant, keyId: { type: "string", description: "The key that it is encrypted with." } },
  [],
  "A secret, without its value.",
);

const webhook = object(
  {
    name: text,
    url: { type: "string", format: "uri" },
    types: { type: "array", items: text, description: "Types of events; a `*` at the end stands for any rest." },
    namespace: { ...orNull(text), description: "Only events of runs of this namespace." },
    flow: { ...orNull(text), description: "Only events of runs of this flow." },
    content: { type: "string", enum: ["structured", "binary"] },
    secrets: { type: "array", items: text, description: "Names of the secrets that sign." },
    paused: { ...orNull(text), description: "Why nothing is sent for the time being." },
    updatedAt: instant,
  },
  [],
  "Who is told of events over HTTP, and of which.",
);

const answeredStatus = { anyOf: [{ type: "integer" }, { type: "null" }], description: "The status that the receiver answered with." };
const deliveryProblem = { ...orNull(text), description: "Why the last try failed." };

const delivery = object(
  {
    id: { type: "integer" },
    type: text,
    status: { type: "string", enum: ["pending", "delivered", "failed"] },
    attempts: { type: "integer" },
    answered: answeredStatus,
    problem: deliveryProblem,
    createdAt: instant,
    nextAt: orNull(instant),
    endedAt: orNull(instant),
    event: { type: "object", description: "The CloudEvent that is sent." },
  },
  [],
  "An event for a webhook, and what became of it.",
);

const wait = object(
  {
    for: { type: "string", enum: ["slot", "timer", "retry", "event", "approval", "work", "run", "turn", "resume"] },
    step: { type: "integer", minimum: 0, description: "Counted from 1; 0 is the run itself." },
    name: text,
    reference: text,
    until: { ...orNull(instant), description: "When it goes on, or is given up, by itself; null: that is up to the world." },
    runId: { type: "string", description: "The sub-run that it awaits." },
  },
  ["runId"],
  "What a step waits for.",
);

const finding = object(
  { code: text, message: text, next: text, fixable: { type: "boolean", description: "Whether waking the run puts it right." } },
  [],
  "What keeps a run from going on.",
);

const diagnosis = object({
  id: text,
  workflow: reference("WorkflowReference"),
  status: reference("Status"),
  startedAt: instant,
  waits: { type: "array", items: reference("Wait") },
  findings: { type: "array", items: reference("Finding") },
});

const approvalSummary = {
  id: { type: "string", description: "RUN.STEP" },
  runId: text,
  workflow: reference("WorkflowReference"),
  step: { type: "integer", minimum: 1 },
  name: text,
  reference: text,
  title: orNull(text),
  role: { ...orNull(text), description: "Who is meant to answer." },
  since: instant,
  until: { ...orNull(instant), description: "When the task is given up by itself." },
};

const approvalAnswer = object(
  {
    by: { type: "string", minLength: 1, maxLength: longestAnswerer, description: "Who answers." },
    reason: { type: "string", maxLength: longestReason, description: "Why." },
    form: { description: "What the task's form asks for." },
  },
  ["reason", "form"],
);

const count = { type: "integer", minimum: 0 } as const;
const operationFields: JsonObject = {
  action: { type: "string", enum: ["cancel", "terminate", "suspend", "resume", "retry", "migrate"] },
  filter: { type: "string", description: "Which runs, in the language of the list of runs." },
  rate: { type: "number", exclusiveMinimum: 0, maximum: 1000, description: "Runs in a second, at most; 100 when nothing is said." },
  version: { type: "string", description: "Of a migration: the version to go on with." },
  check: { type: "boolean", description: "Of a migration: only say which runs could be." },
};

/** Every schema by its name. */
export const schemas: { readonly [name: string]: JsonObject } = {
  AppliedFunction: object({ ...identity, created: { type: "boolean" }, warnings: { type: "array", items: reference("ProblemItem") } }),
  AppliedFlow: object({ ...identity, created: { type: "boolean" }, warnings: { type: "array", items: reference("ProblemItem") } }),
  Approval: object({
    ...approvalSummary,
    input: anything,
    form: { description: "JSON Schema of the form that comes with an approval; null: none." },
  }),
  ApprovalAnswer: approvalAnswer,
  ApprovalPage: page("ApprovalSummary"),
  ApprovalSummary: object(approvalSummary),
  Backfill: object({ firings: { type: "integer", minimum: 0 } }),
  BackfillRequest: object({ from: instant, until: instant }, [], "Both instants belong to it."),
  Firing: firing,
  Firings: object({ items: { type: "array", items: reference("Firing") } }),
  Delivery: delivery,
  DeliveryPage: page("Delivery"),
  Diagnosis: diagnosis,
  DiagnosisPage: page("Diagnosis"),
  Event: keptEvent,
  EventPage: page("Event"),
  Finding: finding,
  Flow: object({ ...identity, createdAt: instant, source: { type: "string", description: "The document as it was registered." } }),
  FlowDiff: object({
    from: reference("WorkflowReference"),
    to: reference("WorkflowReference"),
    steps: { type: "array", items: reference("StepChange") },
    sections: { type: "array", items: object({ change: { enum: ["added", "removed", "changed"] }, key: text }) },
    obstacles: {
      type: "array",
      items: object({ step: text, why: text }),
      description: "Steps that a run must not be at, or have done, to go on with the second version; none: every run can.",
    },
    runs: object(
      {
        checked: { type: "integer" },
        safe: { type: "integer" },
        unsafe: { type: "array", items: object({ id: text, problems: { type: "array", items: text } }) },
        more: { type: "boolean", description: "Whether there are more than were looked at." },
      },
      [],
      "The live runs of the first version.",
    ),
  }),
  FlowPage: page("FlowSummary"),
  FlowSummary: object({ ...identity, createdAt: instant }),
  ForkRequest: object(
    {
      from: { type: ["string", "integer"], description: "A task's name, its address in the document, or the step's number." },
      input: { description: "The raw input of that step, in place of its own." },
      flow: object({ namespace: text, name: text, version: text }, ["namespace", "version"], "The definition that the run goes on with."),
    },
    ["input", "flow"],
  ),
  Function: object({ ...identity, createdAt: instant, source: { type: "string", description: "The document as it was applied." } }),
  FunctionPage: page("FunctionSummary"),
  FunctionSummary: object({ ...identity, createdAt: instant }),
  Health: health,
  ...auditSchemas,
  ...jobSchemas,
  ...nodeSchemas,
  ...lockSchemas,
  ...deploymentSchemas,
  ...autoscalerSchemas,
  Migration: object(
    {
      runId: text,
      from: text,
      to: text,
      problems: { type: "array", items: text, description: "What the run would lose; none: it can be migrated." },
      migrated: { type: "boolean" },
    },
    [],
    "What became of a migration, or would.",
  ),
  Operation: object(
    {
      id: text,
      ...operationFields,
      status: { type: "string", enum: ["running", "paused", "completed", "stopped"] },
      total: { ...count, description: "Runs that fitted when it began." },
      done: count,
      refused: count,
      refusals: { type: "array", items: object({ runId: text, reason: text }), description: "The first hundred." },
      createdAt: instant,
      endedAt: orNull(instant),
    },
    ["version", "check"],
    "Something that is done to every run that fits a filter.",
  ),
  OperationPage: page("Operation"),
  OperationRequest: object(operationFields, ["rate", "version", "check"]),
  MigrationRequest: object({ version: text, check: { type: "boolean" } }, ["check"]),
  Problem: problem,
  ProblemItem: problemItem,
  ReceivedEvents: receivedEvents,
  Run: run,
  RunPage: page("RunSummary"),
  RunSummary: runSummary,
  Schedule: schedule,
  SchedulePage: page("Schedule"),
  Status: status,
  Step: step,
  StepChange: object(
    {
      change: { enum: ["added", "removed", "changed", "moved"] },
      step: { type: "string", description: "Names of steps within one another are joined by slashes." },
      kind: text,
      keys: { type: "array", items: text },
      from: text,
      to: text,
    },
    ["keys", "from", "to"],
  ),
  Secret: secret,
  SecretPage: page("Secret"),
  SecretRotation: object({ rotated: { type: "integer" } }),
  Wait: wait,
  Webhook: webhook,
  WebhookPage: page("Webhook"),
  WebhookTest: object({ answered: answeredStatus, problem: deliveryProblem }),
  WorkflowError: workflowError,
  WorkflowReference: workflowReference,
};
