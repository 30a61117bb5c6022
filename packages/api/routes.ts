// Every route of the API as data: the server registers its handlers by it, the OpenAPI document and the table in
// docs/reference/api.md are made from it, and the client calls by it.
//
// A path is an OpenAPI template; a custom verb follows a colon. A route that is `namespaced` exists twice: under
// /v1/flows for the namespace `default`, and under /v1/namespaces/{namespace}/flows.
import { maxFilterLength, maxFirings } from "./limits.ts";
import {
  longestText,
  bodyErrors,
  dryRun,
  idempotencyKey,
  ifNoneMatch,
  namespaceFilter,
  noBody,
  pageSize,
  pageToken,
  wait,
  type BodyRule,
  type Route,
  type Answer,
} from "./route.ts";
import { approvalRoutes } from "./approval-routes.ts";
import { autoscalerRoutes } from "./autoscaler-routes.ts";
import { deploymentRoutes } from "./deployment-routes.ts";
import { doctorRoutes } from "./doctor-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { auditRoutes } from "./audit-routes.ts";
import { jobRoutes } from "./job-routes.ts";
import { nodeRoutes } from "./node-routes.ts";
import { queueRoutes } from "./queue-routes.ts";
import { lockRoutes } from "./lock-routes.ts";
import { operationRoutes } from "./operation-routes.ts";
import { repairRoutes } from "./repair-routes.ts";
import { functionRoutes } from "./function-routes.ts";
import { secretRoutes } from "./secret-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";

export { commonErrors, type Answer, type BodyRule, type Parameter, type ParameterKind, type Route } from "./route.ts";

const statuses = ["pending", "running", "waiting", "suspended", "completed", "faulted", "cancelled"];

const documentBody: BodyRule = {
  types: ["text/yaml", "application/yaml", "application/x-yaml", "application/json"],
  summary: "The flow's document, YAML or JSON.",
  required: true,
};
const inputBody: BodyRule = { types: ["application/json"], summary: "The run's input, any JSON value; none is null.", required: false };
const applyErrors = [...bodyErrors, "flow-invalid", "flow-version-taken", "idempotency-key-reused"];
const applied: Route["answers"] = {
  200: { summary: "This version was there already, with the same content.", schema: "AppliedFlow" },
  201: { summary: "The version is registered.", schema: "AppliedFlow" },
};
const notModified: Answer = { summary: "Nothing has changed." };

function command(verb: string, summary: string): Route {
  return {
    method: "POST",
    path: `/v1/runs/{id}:${verb}`,
    tag: "runs",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "The run after the command.", schema: "Run" } },
    errors: [...bodyErrors, "run-unknown", "command-refused", "idempotency-key-reused"],
  };
}

function scheduleCommand(verb: string, summary: string): Route {
  return {
    method: "POST",
    path: `/{name}/schedule:${verb}`,
    namespaced: true,
    tag: "schedules",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "The schedule after the command.", schema: "Schedule" } },
    errors: [...bodyErrors, "schedule-unknown", "idempotency-key-reused"],
  };
}

function output(path: string, summary: string): Route {
  return {
    method: "GET",
    path,
    tag: "runs",
    summary,
    parameters: [ifNoneMatch],
    answers: { 200: { summary: "The output.", mediaType: "application/json" }, 304: notModified },
    errors: ["run-unknown", "output-missing"],
  };
}

function probe(path: string, summary: string): Route {
  return {
    method: "GET",
    path,
    tag: "server",
    summary,
    open: true,
    parameters: [],
    answers: { 200: { summary: "Yes.", schema: "Health" } },
    errors: [],
  };
}

const table = {
  applyFlow: {
    method: "POST",
    path: "/v1/flows",
    tag: "flows",
    summary: "Registers a flow under the namespace, name and version that its document gives.",
    parameters: [dryRun, idempotencyKey],
    body: documentBody,
    answers: applied,
    errors: applyErrors,
  },
  listFlows: {
    method: "GET",
    path: "/v1/flows",
    tag: "flows",
    summary: "Lists the newest version of every flow, of all namespaces.",
    parameters: [namespaceFilter, pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "FlowPage" } },
    errors: [],
  },
  getFlow: {
    method: "GET",
    path: "/{name}",
    namespaced: true,
    tag: "flows",
    summary: "The newest version of a flow.",
    parameters: [ifNoneMatch],
    answers: { 200: { summary: "The flow.", schema: "Flow" }, 304: notModified },
    errors: ["flow-unknown"],
  },
  putFlow: {
    method: "PUT",
    path: "/{name}",
    namespaced: true,
    tag: "flows",
    summary: "Registers a flow whose document gives this namespace and name.",
    parameters: [],
    body: documentBody,
    answers: applied,
    errors: [...applyErrors, "flow-name-mismatch"],
  },
  listFlowVersions: {
    method: "GET",
    path: "/{name}/versions",
    namespaced: true,
    tag: "flows",
    summary: "Lists the versions of a flow, the newest first.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "FlowPage" } },
    errors: ["flow-unknown"],
  },
  getFlowVersion: {
    method: "GET",
    path: "/{name}/versions/{version}",
    namespaced: true,
    tag: "flows",
    summary: "One version of a flow.",
    parameters: [ifNoneMatch],
    answers: { 200: { summary: "The flow.", schema: "Flow" }, 304: notModified },
    errors: ["flow-unknown"],
  },
  describeFlows: {
    method: "GET",
    path: "/v1/namespaces/{namespace}/openapi.json",
    tag: "flows",
    summary: "The flows of a namespace as services: OpenAPI 3.1, with the schemas of their inputs and outputs.",
    parameters: [
      { name: "flow", in: "query", kind: { type: "name" }, summary: "Only this flow." },
      { name: "version", in: "query", kind: { type: "text", maxLength: longestText }, summary: "This version of it, not the newest." },
      ifNoneMatch,
    ],
    answers: { 200: { summary: "The document.", mediaType: "application/json" }, 304: notModified },
    errors: ["flow-unknown", "namespace-too-large", "parameter-invalid"],
  },
  startRun: {
    method: "POST",
    path: "/{name}:run",
    namespaced: true,
    tag: "runs",
    summary: "Starts a run of a flow with the body as its input.",
    parameters: [
      { name: "version", in: "query", kind: { type: "text", maxLength: longestText }, summary: "This version, not the newest." },
      {
        name: "answer",
        in: "query",
        kind: { type: "choice", of: ["run", "output"] },
        summary: "`output`: the output itself where the run completes within the time to wait, a problem where it does not complete.",
      },
      wait,
      idempotencyKey,
    ],
    body: inputBody,
    answers: {
      200: { summary: "The run has ended within the time to wait.", schema: "Run" },
      202: { summary: "The run goes on; `Location` says where to ask for it.", schema: "Run" },
    },
    errors: [...bodyErrors, "flow-unknown", "idempotency-key-reused", "start-key-invalid", "run-not-completed"],
  },
  listRuns: {
    method: "GET",
    path: "/v1/runs",
    tag: "runs",
    summary: "Lists the runs that fit a filter, the newest first when no order is named.",
    parameters: [
      { name: "status", in: "query", kind: { type: "choice", of: statuses }, summary: "Only with this status." },
      namespaceFilter,
      { name: "flow", in: "query", kind: { type: "name" }, summary: "Only of the flow with this name." },
      {
        name: "filter",
        in: "query",
        kind: { type: "text", maxLength: maxFilterLength },
        summary: "Only those that fit it: `status = waiting AND age > 2h`; docs/guide/finding-runs.md has all of it.",
      },
      {
        name: "orderBy",
        in: "query",
        kind: { type: "text", maxLength: longestText },
        summary: "`id`, `startedAt`, `endedAt`, `flow` or `status`, with `asc` or `desc` behind it.",
      },
      pageSize,
      pageToken,
    ],
    answers: { 200: { summary: "One page.", schema: "RunPage" } },
    errors: ["filter-invalid"],
  },
  getRun: {
    method: "GET",
    path: "/v1/runs/{id}",
    tag: "runs",
    summary: "A run with its steps.",
    parameters: [wait, ifNoneMatch],
    answers: { 200: { summary: "The run.", schema: "Run" }, 304: notModified },
    errors: ["run-unknown"],
  },
  watchRun: {
    method: "GET",
    path: "/v1/runs/{id}/watch",
    tag: "runs",
    summary: "The run as it goes on, as server-sent events: `snapshot` (a Run), then `patch` (RFC 6902), and `end` with the last.",
    parameters: [
      { name: "Last-Event-ID", in: "header", kind: { type: "text", maxLength: longestText }, summary: "The last event that was seen." },
    ],
    answers: {
      200: { summary: "The stream; silent times carry comments.", mediaType: "text/event-stream" },
      204: { summary: "The run has ended and the last event was seen." },
    },
    errors: ["run-unknown"],
  },
  getRunOutput: output("/v1/runs/{id}/output", "The output of a run that has completed, as JSON."),
  getStepOutput: output(
    "/v1/runs/{id}/steps/{step}/output",
    "The output of a step that has completed; steps are numbered from one, as the run lists them.",
  ),
  ...auditRoutes,
  ...jobRoutes,
  ...queueRoutes,
  ...nodeRoutes,
  ...lockRoutes,
  ...deploymentRoutes,
  ...autoscalerRoutes,
  ...functionRoutes,
  ...secretRoutes,
  ...webhookRoutes,
  ...eventRoutes,
  cancelRun: command("cancel", "Ends a run; what it has under way is aborted."),
  terminateRun: command("terminate", "Ends a run at once; what it has under way is killed and gets no time to end in order."),
  suspendRun: command("suspend", "Holds a run before its next step."),
  resumeRun: command("resume", "Lets a suspended run go on."),
  retryRun: command("retry", "Lets a run that faulted go on from where it failed; what is done is not done again."),
  ...doctorRoutes,
  ...repairRoutes,
  ...approvalRoutes,
  ...operationRoutes,
  listSchedules: {
    method: "GET",
    path: "/v1/schedules",
    tag: "schedules",
    summary: "Lists the schedules of flows, in the order of namespace and name.",
    parameters: [namespaceFilter, pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "SchedulePage" } },
    errors: [],
  },
  getSchedule: {
    method: "GET",
    path: "/{name}/schedule",
    namespaced: true,
    tag: "schedules",
    summary: "The schedule of a flow's newest version.",
    parameters: [ifNoneMatch],
    answers: { 200: { summary: "The schedule.", schema: "Schedule" }, 304: notModified },
    errors: ["schedule-unknown"],
  },
  listFirings: {
    method: "GET",
    path: "/{name}/schedule/firings",
    namespaced: true,
    tag: "schedules",
    summary: "The next firings of a schedule, in UTC and on the clocks of its zone.",
    parameters: [
      { name: "count", in: "query", kind: { type: "integer", min: 1, max: maxFirings }, summary: "How many, 10 when nothing is said." },
    ],
    answers: { 200: { summary: "The firings, as many as there are.", schema: "Firings" } },
    errors: ["schedule-unknown"],
  },
  pauseSchedule: scheduleCommand("pause", "Lets a schedule fire no more until it is resumed."),
  resumeSchedule: scheduleCommand("resume", "Lets a schedule fire again; what it missed meanwhile is not made up for."),
  backfillSchedule: {
    ...scheduleCommand("backfill", "Starts the runs of past firings that have none."),
    body: {
      types: ["application/json"],
      summary: "The first and the last instant: `from` and `until`.",
      required: true,
      schema: "BackfillRequest",
    },
    answers: { 202: { summary: "How many firings there are; their runs start one after the other.", schema: "Backfill" } },
    errors: [...bodyErrors, "schedule-unknown", "backfill-refused", "idempotency-key-reused"],
  },
  live: probe("/livez", "Whether the process answers."),
  ready: {
    ...probe("/readyz", "Whether the server takes requests."),
    answers: { 200: { summary: "Yes.", schema: "Health" }, 503: { summary: "Not yet, or no longer.", schema: "Health" } },
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    tag: "server",
    summary: "Metrics in Prometheus text format.",
    parameters: [],
    answers: { 200: { summary: "The metrics.", mediaType: "text/plain" } },
    errors: [],
  },
  openapi: {
    method: "GET",
    path: "/openapi.json",
    tag: "server",
    summary: "This description, OpenAPI 3.1.",
    parameters: [],
    answers: { 200: { summary: "The document.", mediaType: "application/json" } },
    errors: [],
  },
} as const satisfies { readonly [operationId: string]: Route };

/** The name of an operation. */
export type OperationId = keyof typeof table;

/** Every route by its operation. */
export const routes: { readonly [K in OperationId]: Route } = table;

/** The full paths of a route. */
export function pathsOf(route: Route): readonly string[] {
  if (route.namespaced === undefined) return [route.path];
  const collection = route.namespaced === true ? "flows" : route.namespaced;
  return ["/v1", "/v1/namespaces/{namespace}"].map((prefix) => `${prefix}/${collection}${route.path}`);
}

/** The names of the parameters in a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
}
