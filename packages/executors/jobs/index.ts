// Jobs on a machine: the port of what runs them, what a node and a server say to each other, and the node's side of it.
export { NodeAgent, type AgentParts } from "./agent.ts";
export type { AskAttempt, AttemptCheck } from "./checks.ts";
export { machineCapacity, machineLabels } from "./capacity.ts";
export { createLoadMeter, type MachineLoad } from "./machine-load.ts";
export type {
  AdoptedTask,
  ContainerVolume,
  ContainerWork,
  JobEnd,
  JobExecutor,
  JobFault,
  JobProblem,
  JobTask,
  JobUsage,
  JobWork,
  RunningTask,
  TaskListener,
} from "./port.ts";
export { createContainerJobs, type ContainerJobsOptions } from "./container-jobs.ts";
export { abilityLabels, addressLabel, containersOnlyTaint, openMachine, type Machine, type MachineOptions } from "./machine.ts";
export { openClusterScale, type KubernetesScale } from "./cluster-scale.ts";
export type { ClusterAccess as KubernetesAccess } from "@baton/job-executors";
export {
  openKubernetesPool,
  readKubernetesAccess,
  type KubernetesPool,
  type KubernetesPoolOptions,
  type PoolNode,
} from "./kubernetes-pool.ts";
export { AttachedCluster, type AttachedLink, type ClusterOptions } from "./kubernetes-cluster.ts";
export {
  fetchedPackages,
  isPackagePath,
  keptPackages,
  PackageFolder,
  packageLimits,
  writeConnection,
  type PackageConnection,
  type PackageFiles,
  type PackageRunner,
} from "./packages.ts";
export { createLaunchedJobs, orphanMs, type LaunchedJobsOptions } from "./launched-jobs.ts";
export type { AttemptRef, FunctionContract, NodeHello, NodeLoad, NodePressure, NodeWelcome, Order, Report } from "./protocol.ts";
