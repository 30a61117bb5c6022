// The driver: load, decide, commit, perform. Nothing else in Baton has side effects on runs.
export { applyObjects, checkObjects, type ApplyParts } from "./apply.ts";
export { createRuntime } from "./create-runtime.ts";
export { AskerScope } from "./asker.ts";
export { systemClock } from "./clock.ts";
export { compareVersions, latestOf } from "./versions.ts";
export type {
  ArchivedRun,
  RetentionRule,
  RunArchive,
  Clock,
  Compiled,
  FlowName,
  LogRecord,
  Registration,
  Runtime,
  RuntimeOptions,
  RunResult,
  RunUpdate,
  RunVerb,
  StartedRun,
  StartRequest,
  WebhookAdmin,
} from "./runtime.ts";
export { idOf as approvalIdOf } from "./approvals.ts";
export type { ApprovalDesk, ApprovalProblem, RunApproval } from "./approval-view.ts";
export type { Diagnosis, DoctorDesk } from "./doctor/diagnosis.ts";
export type { Finding, FindingCode } from "./doctor/findings.ts";
export type { EventDesk, EventSink, EventSource, ReceivedEvent } from "./events/port.ts";
export type { AppliedFunction, FunctionName } from "./functions/functions.ts";
export type * from "./locks/lock-desk.ts";
export { lockUnknown } from "./locks/lock-unknown.ts";
export { leaseLimitsMs, LockRefused, maxLockSize, type LockCounts, type LockName, type LockView } from "@baton/scheduler";
export { operationLimits, type OperationSpec, type OperationView } from "./operations/operation.ts";
export type { OperationVerb } from "./operations/operations.ts";
export { runtimeError, type RuntimeErrorCode } from "./errors.ts";
export type { FiringView, ScheduleDesk, ScheduleView } from "./schedule-view.ts";
export { defaultLimits, type RuntimeLimits } from "./limits.ts";
export type { HistogramStats, RuntimeStats } from "./stats.ts";
export { isWebhookName, readWebhookSpec, webhookLimits, type Webhook, type WebhookProblem, type WebhookSpec } from "./webhooks/webhook.ts";
export { Cloak } from "./secrets/cloak.ts";
export { newKey, readKeyring, type Keyring } from "./secrets/keyring.ts";
export { givenSecrets, type Secrets } from "./secrets/secrets.ts";
export { isSecretName, openVault, secretLimits, type SecretView, type Vault } from "./secrets/vault.ts";
export * from "./jobs/index.ts";
export * from "./deployments/index.ts";
export * from "./scaling/index.ts";
