// What runs jobs on a node: one port, an executor for each kind of program.
export { failureAdvice, isJobErrorCode, jobError, type JobErrorCode, type JobFailureCode } from "./errors.ts";
export type * from "./port.ts";
export { createProcessExecutor } from "./process/process-executor.ts";
export { LauncherLink, type LauncherLinkOptions } from "./process/launcher-link.ts";
export { cutMark } from "./state/output-reader.ts";
export type { ContainmentChoice } from "./containment/detect.ts";
export { inBubblewrap, nodePermissions, type CommandLine, type Openings } from "./script/sandbox.ts";
export { createScriptExecutor, type ScriptOptions } from "./script/script-executor.ts";
export { machineTools, type Interpreter, type Tools } from "./script/tools.ts";
export { createContainerExecutor, type ContainerOptions } from "./container/container-executor.ts";
export { commandsInside, type InsideCommand } from "./container/exec.ts";
export { readAccess, type ClusterAccess } from "./kubernetes/access.ts";
export { ApiClient, clusterError } from "./kubernetes/api-client.ts";
export {
  createKubernetesExecutor,
  type KubernetesExecutor,
  type KubernetesHandle,
  type KubernetesOptions,
} from "./kubernetes/kubernetes-executor.ts";
export { ClusterNodes, type ClusterNodesOptions } from "./kubernetes/cluster-nodes.ts";
export type { ClusterNode } from "./kubernetes/node-capacity.ts";
export { checkPermissions } from "./kubernetes/permissions.ts";
export { readScale, writeScale, type Scale, type ScaleChange, type ScaleTarget } from "./kubernetes/scale.ts";
