// From what people write to what the core decides by.
import { jsonEquals } from "@baton/core";
import type { ReplicaRule, ReplicaSet } from "@baton/scheduler";
import type { DeploymentSpec } from "./spec.ts";

/** The fewest and the most that there may be. */
export function boundsOf({ policy }: DeploymentSpec): { readonly min: number; readonly max: number } {
  if (policy.name === "single") return { min: 1, max: 1 };
  return policy.name === "cluster" ? { min: policy.replicas, max: policy.replicas } : { min: policy.base, max: policy.max };
}

/** The rule of a deployment of which so many are wanted. */
export function ruleOf({ policy, update, health, restartMs, drainMs }: DeploymentSpec, desired: number): ReplicaRule {
  return { desired, ...update, exclusive: policy.name === "single", health, restartMs, drainMs };
}

/** Whether replicas of the one can stay where the other is wanted. */
export function runsTheSame(a: DeploymentSpec, b: DeploymentSpec): boolean {
  return jsonEquals(a.job, b.job) && a.port === b.port && a.package?.folder === b.package?.folder && a.package?.entry === b.package?.entry;
}

/** Whether all that are wanted are ready and of the version that is wanted, and nothing else is there. */
export function isAllOfOneVersion({ generation, replicas }: ReplicaSet, desired: number): boolean {
  return replicas.length === desired && replicas.every((replica) => replica.phase === "ready" && replica.generation === generation);
}
