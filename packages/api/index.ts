// The API as data: routes, schemas, error codes, the OpenAPI document, and the typed client. No server code.
export { flowOpenApi, type FlowSchema, type FlowService } from "./flow-openapi.ts";
export { BatonClient } from "./client.ts";
export type { ClientOptions, FlowAnswer, FlowName, JobExportQuery, JobQuery, PageQuery, RunQuery } from "./client-queries.ts";
export { apiError, apiErrors, type ApiErrorCode } from "./errors.ts";
export * from "./limits.ts";
export { openApiDocument } from "./openapi.ts";
export { applyPatch, diff, type PatchOperation } from "./patch.ts";
export { ApiError, problemOf, problemType, readProblem } from "./problem.ts";
export type { HeldLock } from "./held-lock.ts";
export { LockCalls } from "./lock-calls.ts";
export { Locks, type AcquireOptions, type Leader, type LocksOptions, type LockUse } from "./locks.ts";
export type { HeldClaim, Lock, LockClaim, LockKind, LockName, LockRequest } from "./lock-resources.ts";
export type { Job, JobExplanation, JobOutput, JobOutputPiece, JobPlan, JobStatus, Submitted } from "./job-resources.ts";
export type { NewNodeToken, Node, NodeLoad, NodeStatus, NodeToken, NodeVerb } from "./node-resources.ts";
export type { AuditEntry, AuditQuery } from "./audit-routes.ts";
export type { Autoscaler, ScaleDecision } from "./autoscaler-resources.ts";
export type { Deployment, DeploymentVersion, Replica } from "./deployment-resources.ts";
export type { AppliedObject, Queue } from "./queue-resources.ts";
export {
  isFinal,
  type AppliedFlow,
  type AppliedFunction,
  type CatalogFunction,
  type CatalogFunctionSummary,
  type FunctionVersion,
  type FlowComparison,
  type StepChange,
  type Delivery,
  type Flow,
  type FlowSummary,
  type Firing,
  type Page,
  type Problem,
  type ProblemItem,
  type RunSummary,
  type ForkRequest,
  type Migration,
  type Operation,
  type OperationRequest,
  type OperationVerb,
  type RunVerb,
  type RunView,
  type Schedule,
  type ScheduleVerb,
  type Status,
  type StepView,
  type Approval,
  type ApprovalAnswer,
  type ApprovalSummary,
  type Diagnosis,
  type Finding,
  type KeptEvent,
  type ReceivedEvents,
  type Wait,
  type Secret,
  type SecretRotation,
  type Webhook,
  type WebhookSpec,
  type WebhookTest,
  type WorkflowReference,
} from "./resources.ts";
export {
  pathParameters,
  pathsOf,
  routes,
  type Answer,
  type BodyRule,
  type OperationId,
  type Parameter,
  type ParameterKind,
  type Route,
} from "./routes.ts";
export { schemas } from "./schemas.ts";
export {
  maxFrameBytes,
  streamPath,
  streamSilenceMs,
  type ClientMessage,
  type EndedJob,
  type FunctionContract,
  type ServerMessage,
  type WorkerHello,
} from "./stream.ts";
export { formatEvent, readEvents, type ServerSentEvent } from "./sse.ts";
export { statusOf } from "./status.ts";
export { parseWait } from "./wait.ts";
