// From what there is to what is wanted: which replicas begin, which go, and when to look again. Run after every event; what it gives is
// told once, since the phases of the set that comes with it say that it was.
//
// While one version takes another's place, at most `maxSurge` more than desired are there and at most `maxUnavailable` of the desired
// ones do not serve by its doing. Those that are about to go do not count among those that are there, unless the set is exclusive.
// A version that does not come up takes nothing over: see rollout.ts.
import type { Instant } from "@baton/core";
import { inPhase, pauseMs } from "./evolve.ts";
import { isComplete, isStalled, isThere, proofTimes, serves } from "./rollout.ts";
import type { Replica, ReplicaAction, ReplicaPlan, ReplicaRule, ReplicaSet } from "./types.ts";

/** What is to be done now. */
export function planReplicas(given: ReplicaSet, rule: ReplicaRule, now: Instant): ReplicaPlan {
  const set = { ...given, stalled: isStalled(given, rule, now) };
  const actions: ReplicaAction[] = [];
  const leaving = new Set(surplus(set, rule, now).map(({ id }) => id));
  const kept = set.replicas.flatMap((replica) => (leaving.has(replica.id) ? (left(replica, now, actions) ?? []) : [replica]));
  const fresh = additions({ ...set, replicas: kept }, rule, now);
  const replicas = [...kept, ...fresh].map((replica) => moved(replica, rule, now, actions));
  const next = { ...set, nextId: set.nextId + fresh.length, replicas };
  const stable = isComplete(next, rule, now) ? next.generation : next.stable;
  return { set: { ...next, stable }, actions, wakeAt: nextLook(next, rule, now) };
}

/** The replicas that are to go, the least useful first. */
function surplus(set: ReplicaSet, rule: ReplicaRule, now: Instant): readonly Replica[] {
  const there = set.replicas.filter(isThere).sort(byUse);
  return set.stalled ? surplusOfStalled(set, there, rule, now) : surplusOfMoving(set, there, rule, now);
}

function surplusOfMoving(set: ReplicaSet, there: readonly Replica[], rule: ReplicaRule, now: Instant): readonly Replica[] {
  const { desired, maxSurge, maxUnavailable } = rule;
  const old = there.filter((replica) => replica.generation !== set.generation);
  const current = there.length - old.length;
  const serving = there.filter((replica) => serves(replica, set, rule, now)).length;
  // Every serving one beyond those that must be may go; one that is not ready is missed by nobody.
  let spare = Math.max(0, serving - (desired - maxUnavailable));
  const outdated = old.filter(({ phase }) => phase !== "ready" || spare-- > 0);
  const tooMany = there.length - outdated.length - (desired + (old.length > 0 ? maxSurge : 0));
  const others = there.filter((replica) => !outdated.includes(replica)).sort(byUseAndAge(set.generation));
  return [...outdated, ...others.slice(0, Math.max(0, tooMany, current - desired))];
}

/** What does not come up may go on trying beside those that serve, where there may be more than desired. */
function surplusOfStalled(set: ReplicaSet, there: readonly Replica[], rule: ReplicaRule, now: Instant): readonly Replica[] {
  const { desired, maxSurge } = rule;
  const isTrying = (replica: Replica): boolean => replica.generation === set.generation && !serves(replica, set, rule, now);
  const trying = there.filter(isTrying);
  const others = there.filter((replica) => !isTrying(replica));
  const most = desired === 0 ? 0 : maxSurge;
  return [...trying.slice(0, Math.max(0, trying.length - most)), ...others.slice(0, Math.max(0, others.length - desired))];
}

const uses: readonly Replica["phase"][] = ["failing", "restarting", "waiting", "starting", "ready"];

/** What does not answer goes first, then what has least to do, then what came last. */
function byUse(a: Replica, b: Replica): number {
  return uses.indexOf(a.phase) - uses.indexOf(b.phase) || a.busy - b.busy || b.id - a.id;
}

/** The same, and of those that answer the ones of earlier versions before those of the one that is wanted. */
function byUseAndAge(generation: number): (a: Replica, b: Replica) => number {
  const isReady = ({ phase }: Replica): number => Number(phase === "ready");
  const isCurrent = (replica: Replica): number => Number(replica.generation === generation);
  return (a, b) => isReady(a) - isReady(b) || isCurrent(a) - isCurrent(b) || byUse(a, b);
}

function additions(set: ReplicaSet, rule: ReplicaRule, now: Instant): readonly Replica[] {
  const { nextId, replicas, stalled } = set;
  const { desired, maxSurge, exclusive } = rule;
  const generation = stalled ? set.stable : set.generation;
  const isCounted = (replica: Replica): boolean =>
    isThere(replica) &&
    (stalled ? replica.generation !== set.generation || serves(replica, set, rule, now) : replica.generation === generation);
  const there = replicas.filter((replica) => exclusive || isThere(replica));
  const counted = replicas.filter(isCounted).length;
  const room = desired + (exclusive || there.length === counted ? 0 : maxSurge) - there.length;
  const count = Math.max(0, Math.min(desired - counted, room));
  const blank = { generation, phase: "waiting", since: now, tries: 0, crashes: 0, beganAt: null, good: 0, bad: 0, busy: 0 } as const;
  return Array.from({ length: count }, (_, i) => ({ ...blank, id: nextId + i }));
}

/** A replica that is not wanted any more; undefined: it is gone at once. */
function left(replica: Replica, now: Instant, actions: ReplicaAction[]): Replica | undefined {
  if (replica.phase === "waiting") return undefined;
  // It was told to stop already.
  if (replica.phase === "restarting") return inPhase(replica, "stopping", now);
  if (replica.busy === 0) return stopped(replica, "stopping", notWanted, now, actions);
  const next = inPhase(replica, "draining", now);
  actions.push({ type: "drain", replica: next });
  return next;
}

const notWanted = "it is not wanted any more";

/** The replica with what it is told to do now. */
function moved(replica: Replica, rule: ReplicaRule, now: Instant, actions: ReplicaAction[]): Replica {
  switch (replica.phase) {
    case "waiting":
      return begun(replica, rule, now, actions);
    case "failing":
      return stopped(replica, "restarting", "its health checks failed", now, actions);
    case "draining":
      return replica.busy > 0 && now < replica.since + rule.drainMs ? replica : stopped(replica, "stopping", notWanted, now, actions);
    default:
      return replica;
  }
}

function begun(replica: Replica, { restartMs }: ReplicaRule, now: Instant, actions: ReplicaAction[]): Replica {
  if (now < replica.since + pauseMs(replica, restartMs)) return replica;
  const next = { ...inPhase(replica, "starting", now), tries: replica.tries + 1 };
  actions.push({ type: "start", replica: next });
  return next;
}

function stopped(replica: Replica, phase: "restarting" | "stopping", why: string, now: Instant, actions: ReplicaAction[]): Replica {
  const next = inPhase(replica, phase, now);
  actions.push({ type: "stop", replica: next, why });
  return next;
}

function nextLook(set: ReplicaSet, rule: ReplicaRule, now: Instant): Instant | null {
  const times = set.replicas.flatMap((replica) => {
    if (replica.phase === "waiting") return [replica.since + pauseMs(replica, rule.restartMs)];
    return replica.phase === "draining" ? [replica.since + rule.drainMs] : [];
  });
  times.push(...proofTimes(set, rule, now));
  return times.length === 0 ? null : Math.min(...times);
}
