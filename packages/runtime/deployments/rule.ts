// From what people write to what the core decides by.
import type { ReplicaRule } from "@baton/scheduler";
import type { DeploymentSpec } from "./spec.ts";

/** The fewest and the most that there may be. */
export function boundsOf({ policy }: Pick<DeploymentSpec, "policy">): { readonly min: number; readonly max: number } {
  if (policy.name === "single") return { min: 1, max: 1 };
  return policy.name === "cluster" ? { min: policy.replicas, max: policy.replicas } : { min: policy.base, max: policy.max };
}

/** The rule of a deployment of which so many are wanted. */
export function ruleOf({ policy, update, health, restartMs, drainMs }: DeploymentSpec, desired: number): ReplicaRule {
  return { desired, ...update, exclusive: policy.name === "single", health, restartMs, drainMs };
}
