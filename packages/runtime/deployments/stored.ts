// What is stored of a deployment.
import type { Instant, JsonObject } from "@baton/core";
import type { ReplicaSet } from "@baton/scheduler";
import type { PackageSpec } from "./package-host.ts";
import type { DeploymentSpec, HealthCheck } from "./spec.ts";

/** What the replicas of a generation run. */
export interface StoredVersion {
  readonly generation: number;
  /** Since when it is, or was last, the one that is wanted. */
  readonly wantedAt: Instant;
  readonly job: JsonObject;
  readonly port: DeploymentSpec["port"];
  readonly containerPort?: number;
  readonly check: HealthCheck | null;
  readonly package?: PackageSpec;
  /** Labels of the functions that its instances have brought. */
  readonly functions: readonly string[];
}

/** Everything that a restart needs. */
export interface StoredDeployment {
  readonly spec: DeploymentSpec;
  /** Tells it from others that had its name. */
  readonly createdAt: Instant;
  readonly set: ReplicaSet;
  /** The one that is wanted is among them, and those that replicas run. */
  readonly versions: readonly StoredVersion[];
  /** By replica. */
  readonly ports: { readonly [id: string]: number };
  /** How many more than the fewest there are to be. */
  readonly extra: number;
  readonly deleting: boolean;
}
