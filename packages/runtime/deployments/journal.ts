// What has happened to a deployment between two of its states, in the words of the audit log. Counted as it is told, so that the log
// and the metrics cannot differ.
import type { JsonObject } from "@baton/core";
import type { Replica } from "@baton/scheduler";
import type { DeploymentAction } from "../jobs/audit.ts";
import type { StoredDeployment } from "./stored.ts";

/** One thing that happened. */
export interface Happening {
  readonly action: DeploymentAction;
  readonly detail: JsonObject;
}

/** What states do not tell. */
export interface JournalFacts {
  readonly desired: number;
  /** What went wrong with a replica last. */
  readonly problemOf: (replica: number) => string | null;
  readonly jobOf: (replica: number) => string | null;
}

/** Everything that happened, in its order: replicas first, then what that means for the rollout. */
export function happeningsBetween(before: StoredDeployment, after: StoredDeployment, facts: JournalFacts): readonly Happening[] {
  const ids = new Set([...before.set.replicas, ...after.set.replicas].map(({ id }) => id));
  const replicas = [...ids].flatMap((id) => replicaHappenings(find(before, id), find(after, id), facts));
  return [...started(before, after), ...replicas, ...progressed(before, after, facts)];
}

function find({ set }: StoredDeployment, id: number): Replica | undefined {
  return set.replicas.find((replica) => replica.id === id);
}

function started(before: StoredDeployment, after: StoredDeployment): readonly Happening[] {
  const { generation: version } = after.set;
  return version === before.set.generation ? [] : [{ action: "rollout.started", detail: { version, from: before.set.stable } }];
}

function progressed(before: StoredDeployment, after: StoredDeployment, { desired, problemOf }: JournalFacts): readonly Happening[] {
  const { generation: version, stable, stalled, replicas } = after.set;
  const updated = updatedCount(after);
  const detail = { version, updated, desired };
  const isSame = version === before.set.generation;
  if (stable === version && before.set.stable !== version) return [{ action: "rollout.completed", detail }];
  if (stalled && !before.set.stalled) {
    const crashed = replicas.find((replica) => replica.generation === version && replica.crashes > 0);
    return [{ action: "rollout.stalled", detail: { ...detail, serving: stable, why: crashed ? problemOf(crashed.id) : null } }];
  }
  if (isSame && !stalled && before.set.stalled) return [{ action: "rollout.resumed", detail }];
  const moved = isSame && !stalled && stable !== version && updated !== updatedCount(before);
  return moved ? [{ action: "rollout.step", detail }] : [];
}

/** How many are ready and of the version that is wanted. */
function updatedCount({ set: { generation, replicas } }: StoredDeployment): number {
  return replicas.filter((replica) => replica.phase === "ready" && replica.generation === generation).length;
}

const phaseActions: { readonly [phase in Replica["phase"]]?: DeploymentAction } = {
  ready: "replica.ready",
  restarting: "replica.unhealthy",
  draining: "replica.draining",
  stopping: "replica.stopped",
};

function replicaHappenings(before: Replica | undefined, after: Replica | undefined, facts: JournalFacts): readonly Happening[] {
  const happenings: Happening[] = [];
  const isAnother = before !== undefined && after !== undefined && after.tries > before.tries;
  if (runs(before) && (!runs(after) || isAnother)) happenings.push(endedOf(before, after, facts));
  if (!runs(after)) return happenings;
  const detail = { replica: after.id, version: after.generation, attempt: after.tries };
  if (!runs(before) || isAnother) happenings.push({ action: "replica.started", detail });
  const action = after.phase === before?.phase && !isAnother ? undefined : phaseActions[after.phase];
  const why = action === "replica.unhealthy" ? { why: facts.problemOf(after.id) } : {};
  if (action !== undefined) happenings.push({ action, detail: { ...detail, job: facts.jobOf(after.id), ...why } });
  return happenings;
}

function runs(replica: Replica | undefined): replica is Replica {
  return replica !== undefined && replica.phase !== "waiting";
}

/** `unwanted`: it was told to go; `unhealthy`: its checks failed; `ended`: by itself, or with its node. */
function endedOf(before: Replica, after: Replica | undefined, { problemOf, jobOf }: JournalFacts): Happening {
  const { id, generation, tries } = before;
  const cause = after === undefined ? "unwanted" : before.phase === "restarting" ? "unhealthy" : "ended";
  const why = cause === "unwanted" ? {} : { why: problemOf(id), crashes: after?.crashes ?? 0 };
  return { action: "replica.ended", detail: { replica: id, version: generation, attempt: tries, job: jobOf(id), cause, ...why } };
}
