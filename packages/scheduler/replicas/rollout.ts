// How far a version has come: which replicas prove it, when a rollout stalls, and when it is complete.
//
// | a rollout | when                                                                    | then                                            |
// |-----------|-------------------------------------------------------------------------|-------------------------------------------------|
// | goes on   | another version is wanted than all had last                             | old ones go as new ones prove themselves        |
// | stalls    | a new one has ended `stallAfter` times in a row                         | no old one goes, and what is missing is old     |
// | goes on   | then, when a new one has proven itself, or people say so                |                                                 |
// | completes | as many as are wanted are proven, and nothing else is there             | that version is the stable one                  |
import type { Instant, Millis } from "@baton/core";
import type { Replica, ReplicaRule, ReplicaSet } from "./types.ts";

/** Whether it is to stay: neither on its way out nor told to stop. */
export function isThere({ phase }: Replica): boolean {
  return phase !== "draining" && phase !== "stopping";
}

/** Whether work may rely on it: it is ready, and one of a version that is being rolled out has been so for long enough. */
export function serves(replica: Replica, set: ReplicaSet, rule: ReplicaRule, now: Instant): boolean {
  return replica.phase === "ready" && now >= replica.since + proofMs(replica, set, rule);
}

/** How long a ready replica has to stay so before it counts: one that kept ending has to run as long as makes it begin anew. */
function proofMs({ generation, crashes }: Replica, set: ReplicaSet, { minReadyMs, stallAfter, restartMs }: ReplicaRule): Millis {
  if (generation !== set.generation || generation === set.stable || set.stable === 0) return 0;
  return crashes >= stallAfter ? Math.max(minReadyMs, restartMs.longest) : minReadyMs;
}

/** When replicas that are ready will have proven themselves, where that is still to come. */
export function proofTimes(set: ReplicaSet, rule: ReplicaRule, now: Instant): readonly Instant[] {
  return set.replicas.flatMap((replica) => {
    if (replica.phase !== "ready" || serves(replica, set, rule, now)) return [];
    return [replica.since + proofMs(replica, set, rule)];
  });
}

/** Whether the version that is wanted does not come up while there is one that did. */
export function isStalled(set: ReplicaSet, rule: ReplicaRule, now: Instant): boolean {
  const { generation, stable, stalled, replicas } = set;
  if (stable === 0 || stable === generation) return false;
  const current = replicas.filter((replica) => isThere(replica) && replica.generation === generation);
  const proven = current.filter((replica) => serves(replica, set, rule, now));
  if (current.some((replica) => replica.crashes >= rule.stallAfter && !proven.includes(replica))) return true;
  return stalled && proven.length === 0;
}

/** Whether all that are wanted, and nothing else, are of the version that is wanted and have proven it. */
export function isComplete(set: ReplicaSet, rule: ReplicaRule, now: Instant): boolean {
  const { generation, stalled, replicas } = set;
  const isDone = (replica: Replica): boolean => replica.generation === generation && serves(replica, set, rule, now);
  return !stalled && rule.desired > 0 && replicas.length === rule.desired && replicas.every(isDone);
}

/** The set with another version wanted; what kept the one before from coming up is no matter any more. */
export function withVersion(set: ReplicaSet, generation: number): ReplicaSet {
  return set.generation === generation ? set : { ...set, generation, stalled: false };
}

/** The set of a server that was away: what was ready then may have ended since, so versions that are rolled out prove themselves anew. */
export function takenUp(set: ReplicaSet, now: Instant): ReplicaSet {
  const anew = (replica: Replica): Replica =>
    replica.phase === "ready" && replica.generation !== set.stable ? { ...replica, since: now } : replica;
  return { ...set, replicas: set.replicas.map(anew) };
}

/** The set whose stalled version is tried once more, as if it had never ended. */
export function resumed(set: ReplicaSet): ReplicaSet {
  const again = (replica: Replica): Replica => (replica.generation === set.generation ? { ...replica, crashes: 0 } : replica);
  return { ...set, stalled: false, replicas: set.replicas.map(again) };
}
