// One handler per operation: the compiler names the one that is missing.
import type { OperationId } from "@baton/api";
import type { Handler } from "../exchange.ts";
import { answerApproval, getApproval, listApprovals } from "./approvals.ts";
import { listAudit } from "./audit.ts";
import { deleteAutoscaler, getAutoscaler, listAutoscalers, planAutoscalers } from "./autoscalers.ts";
import {
  deleteDeployment,
  getDeployment,
  getPackage,
  listDeployments,
  listPackages,
  resumeDeployment,
  rollbackDeployment,
} from "./deployments.ts";
import { getDiagnosis, listDiagnoses, wakeRun } from "./doctor.ts";
import { describeFlows } from "./flow-services.ts";
import { applyFlow, getFlow, listFlows, listFlowVersions, putFlow } from "./flows.ts";
import { cancelJob, explainJob, getJob, getJobOutput, listJobs, planJobs, retryJob, retryJobs, submitJobs } from "./jobs.ts";
import { exportJobs } from "./job-export.ts";
import { deleteFunction, getFunction, listFunctions, putFunction } from "./functions.ts";
import { backfillSchedule, commandSchedule, getSchedule, listFirings, listSchedules } from "./schedules.ts";
import { applyObjects, deleteQueue, getPolicy, getQueue, listQueues } from "./queues.ts";
import { commandNode, createNodeToken, deleteNode, deleteNodeToken, getNode, listNodes, listNodeTokens } from "./nodes.ts";
import { acquireLock, breakLock, getLock, listLocks, notifyLock, releaseLock, renewLock, sleepLock } from "./locks.ts";
import { commandOperation, getOperation, listOperations, startOperation } from "./operations.ts";
import { heartbeatNode, joinNode, leaveNode, pollNode, reportNode } from "./polling.ts";
import { diffFlow, forkRun, migrateRun } from "./repairs.ts";
import { commandRun, getRun, getRunOutput, getStepOutput, startRun } from "./runs.ts";
import { listRuns } from "./run-list.ts";
import { deleteSecret, listSecrets, putSecret, rotateSecrets } from "./secrets.ts";
import { live, metrics, openapi, ready } from "./system.ts";
import { watchJob, watchLock, watchRun } from "./watch.ts";
import { getEvent, listEvents, sendEvents } from "./events.ts";
import { deleteWebhook, getWebhook, holdWebhook, listDeliveries, listWebhooks, putWebhook, redeliver, testWebhook } from "./webhooks.ts";

/** The handler of every operation. */
export const handlers: { readonly [K in OperationId]: Handler } = {
  applyFlow,
  describeFlows,
  listFlows,
  getFlow,
  putFlow,
  listFlowVersions,
  getFlowVersion: getFlow,
  startRun,
  listRuns,
  getRun,
  getRunOutput,
  getStepOutput,
  watchRun,
  cancelRun: commandRun("cancel"),
  terminateRun: commandRun("terminate"),
  suspendRun: commandRun("suspend"),
  resumeRun: commandRun("resume"),
  retryRun: commandRun("retry"),
  listDiagnoses,
  getDiagnosis,
  wakeRun,
  applyObjects,
  listQueues,
  getQueue,
  deleteQueue,
  getPolicy,
  listAudit,
  listNodes,
  getNode,
  deleteNode,
  drainNode: commandNode("draining"),
  cordonNode: commandNode("cordoned"),
  uncordonNode: commandNode("ready"),
  joinNode,
  pollNode,
  reportNode,
  heartbeatNode,
  leaveNode,
  createNodeToken,
  listNodeTokens,
  deleteNodeToken,
  listLocks,
  getLock,
  watchLock,
  acquireLock,
  renewLock,
  releaseLock,
  breakLock,
  sleepLock,
  notifyLock,
  listAutoscalers,
  getAutoscaler,
  planAutoscalers,
  deleteAutoscaler,
  listDeployments,
  getDeployment,
  deleteDeployment,
  rollbackDeployment,
  resumeDeployment,
  listPackages,
  getPackage,
  listApprovals,
  getApproval,
  approve: answerApproval(true),
  reject: answerApproval(false),
  submitJobs,
  planJobs,
  listJobs,
  exportJobs,
  getJob,
  watchJob,
  getJobOutput,
  explainJob,
  cancelJob,
  retryJob,
  retryJobs,
  diffFlow,
  forkRun,
  migrateRun,
  startOperation,
  listOperations,
  getOperation,
  pauseOperation: commandOperation("pause"),
  resumeOperation: commandOperation("resume"),
  stopOperation: commandOperation("stop"),
  listSchedules,
  getSchedule,
  listFirings,
  pauseSchedule: commandSchedule("pause"),
  resumeSchedule: commandSchedule("resume"),
  backfillSchedule,
  sendEvents,
  listEvents,
  getEvent,
  listWebhooks,
  getWebhook,
  putWebhook,
  deleteWebhook,
  pauseWebhook: holdWebhook("Paused by hand."),
  resumeWebhook: holdWebhook(null),
  testWebhook,
  listDeliveries,
  redeliver,
  listFunctions,
  getFunction,
  putFunction,
  deleteFunction,
  listSecrets,
  putSecret,
  deleteSecret,
  rotateSecrets,
  live,
  ready,
  metrics,
  openapi,
};
