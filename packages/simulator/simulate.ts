// One policy on one scenario: the scheduler's own code behind the event loop.
import { createScheduler, step } from "@baton/scheduler";
import type { Course } from "./drive/course.ts";
import { drive } from "./drive/drive.ts";
import type { NamedPolicy } from "./policies.ts";
import type { Scenario } from "./scenario.ts";

/** Plays the scenario under a policy. The same arguments always give the same course. */
export function simulate(
  { workload, cluster }: Scenario,
  { policy, clairvoyant }: NamedPolicy,
  onProgress?: (ended: number, total: number) => void,
): Course {
  const state = createScheduler(policy);
  return drive((event, now) => step(state, event, now), cluster, workload, { clairvoyant, ...(onProgress ? { onProgress } : {}) });
}
