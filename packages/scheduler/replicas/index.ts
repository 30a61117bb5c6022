// Replicas of what is deployed: pure decisions about which begin, which are restarted and which go.
export { evolveReplicas, pauseMs } from "./evolve.ts";
export { planReplicas } from "./plan.ts";
export { resumed, takenUp, withVersion } from "./rollout.ts";
export type { HealthRule, Replica, ReplicaAction, ReplicaEvent, ReplicaPhase, ReplicaPlan, ReplicaRule, ReplicaSet } from "./types.ts";
