// A deployment as people see it.
import type { Instant } from "@baton/core";
import { pauseMs, type ReplicaPhase } from "@baton/scheduler";
import type { Deployment } from "./deployment.ts";
import type { DeployPolicy } from "./spec.ts";

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
  /** When it begins again, where it waits to. */
  readonly restartsAt: Instant | null;
  /** What went wrong last. */
  readonly problem: string | null;
}

/** A deployment with its replicas. */
export interface DeploymentView {
  readonly name: string;
  readonly policy: DeployPolicy;
  readonly generation: number;
  /** `steady`: all that are wanted are ready and run the version that is wanted. */
  readonly status: "steady" | "updating" | "starting" | "deleting";
  readonly desired: number;
  readonly ready: number;
  /** How many are ready and run the version that is wanted. */
  readonly updated: number;
  readonly createdAt: Instant;
  /** The functions that its instances bring, as `name:version`. */
  readonly functions: readonly string[];
  readonly replicas: readonly ReplicaView[];
}

/** What there is to see of a deployment. */
export function viewOfDeployment(deployment: Deployment): DeploymentView {
  const { spec, set, createdAt, deleting } = deployment.stored;
  const { desired, ready } = deployment;
  const { generation } = set;
  const updated = set.replicas.filter((replica) => replica.phase === "ready" && replica.generation === generation).length;
  const isOld = set.replicas.some((replica) => replica.generation !== generation);
  const status = deleting
    ? "deleting"
    : isOld
      ? "updating"
      : updated === desired && set.replicas.length === desired
        ? "steady"
        : "starting";
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
      restartsAt,
      problem,
    };
  });
  const functions = deployment.stored.functions.map((label) => label.slice("function/".length));
  return { name: spec.name, policy: spec.policy, generation, status, desired, ready, updated, createdAt, functions, replicas };
}
