// What is stored of a deployment.
import type { Instant } from "@baton/core";
import type { ReplicaSet } from "@baton/scheduler";
import type { DeploymentSpec } from "./spec.ts";

/** What is stored of a deployment. */
export interface StoredDeployment {
  readonly spec: DeploymentSpec;
  /** Tells it from others that had its name. */
  readonly createdAt: Instant;
  readonly set: ReplicaSet;
  /** The version that all replicas had last; 0: none was ever complete. */
  readonly stable: number;
  /** By replica. */
  readonly ports: { readonly [id: string]: number };
  /** How many more than the fewest there are to be. */
  readonly extra: number;
  readonly deleting: boolean;
  /** Labels of the functions that its instances have brought. */
  readonly functions: readonly string[];
}
