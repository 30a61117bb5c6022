// What performs a call or a process, one folder each, behind one port.
export { atOnce, leaving, type Executor, type WorkContext } from "./port.ts";
export type { HttpExecutorOptions } from "./http/client.ts";
export { createHttpExecutor } from "./http/http-executor.ts";
export { createOpenApiExecutor } from "./openapi/openapi-executor.ts";
export { createProcessExecutor, type ProcessExecutorOptions } from "./process/process-executor.ts";
export { createResourceLoader, type ResourceOptions } from "./resources/loader.ts";
export type { Resource, ResourceLoader } from "./resources/port.ts";
export {
  newSigningSecret,
  signatureHeaders,
  signatureProblem,
  signatureToleranceMs,
  signingKeyBytes,
  signingKeyOf,
  type SignatureProblem,
  type SignedMessage,
} from "./webhook/signature.ts";
export { createMessageSender, type Message, type MessageSender, type SendOutcome } from "./webhook/sender.ts";
export { eventRequest, type EventRequest } from "./webhook/cloud-event-request.ts";
export { faultAdvice } from "./errors.ts";
export * from "./jobs/index.ts";
