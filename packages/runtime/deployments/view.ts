// A deployment as people see it.
import type { Instant } from "@baton/core";
import { pauseMs, type Replica, type ReplicaPhase, type ReplicaSet } from "@baton/scheduler";
import type { Deployment } from "./deployment.ts";
import type { DeploymentSpec, DeployPolicy } from "./spec.ts";
import type { StoredDeployment } from "./stored.ts";
import { functionsAt } from "./versions.ts";

/** One replica. */
export interface ReplicaView {
  readonly id: number;
  readonly generation: number;
  readonly phase: ReplicaPhase;
  readonly since: Instant;
  readonly job: string | null;
  readonly node: string | null;
  readonly port: number | null;
  /** How often in a row it ended without having been told to. */
  readonly crashes: number;
  /** It has done so again and again, and is not known to answer. */
  readonly crashLooping: boolean;
  /** When it begins again, where it waits to. */
  readonly restartsAt: Instant | null;
  /** What went wrong last. */
  readonly problem: string | null;
}

/**
 * Where a deployment stands. `steady`: all that are wanted are ready and run the version that is wanted. `stalled`: that version does not
 * come up, and the one before serves. `failing`: no version before is there to serve, and replicas end again and again.
 */
export type DeploymentStatus = "steady" | "updating" | "stalled" | "starting" | "failing" | "deleting";

/** A version that there was. */
export interface VersionView {
  readonly generation: number;
  /** Since when it is, or was last, the one that is wanted. */
  readonly wantedAt: Instant;
  /** The one that all replicas had last. */
  readonly stable: boolean;
}

/** A deployment with its replicas. */
export interface DeploymentView {
  readonly name: string;
  readonly policy: DeployPolicy;
  readonly generation: number;
  readonly status: DeploymentStatus;
  readonly desired: number;
  readonly ready: number;
  /** How many are ready and run the version that is wanted. */
  readonly updated: number;
  readonly createdAt: Instant;
  /** The functions that its instances bring, as `name:version`. */
  readonly functions: readonly string[];
  /** Those that it can go back to, the newest first; the one that is wanted is among them. */
  readonly versions: readonly VersionView[];
  readonly replicas: readonly ReplicaView[];
}

/** What there is to see of a deployment. */
export function viewOfDeployment(deployment: Deployment): DeploymentView {
  const { spec, set, createdAt, deleting } = deployment.stored;
  const { desired, ready } = deployment;
  const { generation } = set;
  const updated = set.replicas.filter((replica) => replica.phase === "ready" && replica.generation === generation).length;
  const status = deleting ? "deleting" : statusOf(set, spec, updated === desired && set.replicas.length === desired);
  const replicas = deployment.replicas.map(({ replica, job, port, problem }): ReplicaView => {
    const { id, phase, since, crashes } = replica;
    const restartsAt = phase === "waiting" ? since + pauseMs(replica, spec.restartMs) : null;
    return {
      id,
      generation: replica.generation,
      phase,
      since,
      job: job?.id ?? null,
      node: job?.node ?? null,
      port,
      crashes,
      crashLooping: isCrashLooping(replica, spec),
      restartsAt,
      problem,
    };
  });
  const functions = functionsAt(deployment.stored, set.stalled ? set.stable : generation).map((label) => label.slice("function/".length));
  const versions = versionViews(deployment.stored);
  return { name: spec.name, policy: spec.policy, generation, status, desired, ready, updated, createdAt, functions, versions, replicas };
}

function statusOf(set: ReplicaSet, spec: DeploymentSpec, isDone: boolean): DeploymentStatus {
  if (set.stalled) return "stalled";
  if (set.replicas.some(({ generation }) => generation !== set.generation)) return "updating";
  if (isDone) return "steady";
  return set.replicas.some((replica) => isCrashLooping(replica, spec)) ? "failing" : "starting";
}

function isCrashLooping({ phase, crashes }: Replica, { update }: DeploymentSpec): boolean {
  return phase !== "ready" && crashes >= update.stallAfter;
}

function versionViews({ versions, set }: StoredDeployment): readonly VersionView[] {
  return [...versions]
    .sort((a, b) => b.wantedAt - a.wantedAt || b.generation - a.generation)
    .map(({ generation, wantedAt }) => ({ generation, wantedAt, stable: generation === set.stable }));
}
