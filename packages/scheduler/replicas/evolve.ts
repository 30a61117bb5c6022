// What an event makes of a replica. A replica that ends while it is wanted begins again after a pause; one that was told to go is gone.
import type { Instant, Millis } from "@baton/core";
import type { Replica, ReplicaEvent, ReplicaPhase, ReplicaRule, ReplicaSet } from "./types.ts";

/** The set after something happened to one of its replicas; events about one that is gone change nothing. */
export function evolveReplicas(set: ReplicaSet, rule: ReplicaRule, id: number, event: ReplicaEvent, now: Instant): ReplicaSet {
  const replicas = set.replicas.flatMap((replica) => (replica.id === id ? (evolve(replica, rule, event, now) ?? []) : [replica]));
  return { ...set, replicas };
}

/** In another phase from now on. */
export function inPhase(replica: Replica, phase: ReplicaPhase, now: Instant): Replica {
  return { ...replica, phase, since: now };
}

/** How long a replica waits before it begins again. */
export function pauseMs({ crashes }: Pick<Replica, "crashes">, { first, longest }: ReplicaRule["restartMs"]): Millis {
  return crashes === 0 ? 0 : Math.min(longest, first * 2 ** (crashes - 1));
}

function evolve(replica: Replica, rule: ReplicaRule, event: ReplicaEvent, now: Instant): Replica | undefined {
  switch (event.type) {
    case "began":
      return began(replica, rule, now);
    case "checked":
      return rule.health === null ? replica : checked(replica, rule.health, event.healthy, now);
    case "busy":
      return replica.busy === event.count ? replica : { ...replica, busy: event.count };
    case "ended":
      return ended(replica, rule, now);
  }
}

function began(replica: Replica, { health }: ReplicaRule, now: Instant): Replica {
  if (replica.phase !== "starting" || replica.beganAt !== null) return replica;
  const running = { ...replica, beganAt: now };
  return health === null ? inPhase(running, "ready", now) : running;
}

function checked(replica: Replica, health: NonNullable<ReplicaRule["health"]>, healthy: boolean, now: Instant): Replica {
  const { phase, beganAt } = replica;
  if ((phase !== "starting" && phase !== "ready") || beganAt === null) return replica;
  const counted = { ...replica, good: healthy ? replica.good + 1 : 0, bad: healthy ? 0 : replica.bad + 1 };
  if (phase === "starting" && counted.good >= health.successes) return inPhase(counted, "ready", now);
  const isOver = phase === "ready" ? counted.bad >= health.failures : !healthy && now - beganAt >= health.startupMs;
  return isOver ? inPhase(counted, "failing", now) : counted;
}

function ended(replica: Replica, { restartMs }: ReplicaRule, now: Instant): Replica | undefined {
  const { phase, beganAt, crashes } = replica;
  if (phase === "draining" || phase === "stopping") return undefined;
  if (phase === "waiting") return replica;
  const ranLong = beganAt !== null && now - beganAt >= restartMs.longest;
  return { ...inPhase(replica, "waiting", now), beganAt: null, good: 0, bad: 0, busy: 0, crashes: ranLong ? 1 : crashes + 1 };
}
