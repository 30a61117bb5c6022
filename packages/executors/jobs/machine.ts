// All that runs jobs on this machine, and what it can do: found out once, when the node starts, and told as labels, so that
// jobs are placed where they can run and people see it.
import { version } from "node:process";
import { createChecks, type AskAttempt } from "./checks.ts";
import { createContainerJobs } from "./container-jobs.ts";
import { createLaunchedJobs, type LaunchedJobsOptions } from "./launched-jobs.ts";
import type { JobExecutor } from "./port.ts";

/** The labels that say what a node can do. */
export const abilityLabels = {
  /** How processes are limited: `cgroup v2`, `cgroup v1`, or by looking at them. */
  processes: "baton/processes",
  /** What scripts are confined by; `none` where nothing does. */
  sandbox: "baton/sandbox",
  /** The engine that runs containers; absent: there is none, and no container is placed here. */
  containers: "baton/containers",
  /** Its socket. */
  engineSocket: "baton/container-socket",
  /** The version of Node that runs packages of functions; absent: none is placed here. */
  packages: "baton/packages",
  /** The Kubernetes cluster that the node belongs to; absent: none. */
  kubernetes: "baton/kubernetes",
} as const;

/** The label that says under which address others reach what runs on a node; without it that is beside the server. */
export const addressLabel = "baton/address";

/** Keeps jobs that are no containers away from nodes that run nothing else. */
export const containersOnlyTaint = "baton/containers-only";

/** How a machine runs jobs. */
export interface MachineOptions extends LaunchedJobsOptions {
  /** The socket of the container engine; absent: the first one that is found. */
  readonly engineSocket?: string;
}

/** What a machine runs jobs with. */
export interface Machine {
  readonly executors: readonly JobExecutor[];
  readonly labels: { readonly [label: string]: string };
  /** Asks what runs here whether it is well. */
  readonly ask: AskAttempt;
}

/** Opens the executors of this machine. What was started by a former life is theirs to adopt, also where the engine is not there now. */
export async function openMachine(options: MachineOptions): Promise<Machine> {
  const launched = createLaunchedJobs(options);
  const containers = createContainerJobs(options);
  const [{ processes, scripts }, engine] = await Promise.all([launched.abilities(), containers.abilities()]);
  const labels = {
    [abilityLabels.processes]: processes.by,
    [abilityLabels.sandbox]: scripts.sandbox ?? "none",
    ...(options.packages !== undefined && { [abilityLabels.packages]: version }),
    ...(engine.isThere === false ? {} : { [abilityLabels.containers]: engine.by, [abilityLabels.engineSocket]: engine.at ?? "" }),
  };
  return { executors: [launched, containers], labels, ask: createChecks(options.engineSocket) };
}
