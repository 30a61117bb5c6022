// A change of policy: what waits is ordered and estimated anew, what runs goes on.
import { estimate } from "./jobs.ts";
import { allMayFit, countWork } from "./lanes.ts";
import type { Policy } from "./policy.ts";
import { applyOrders } from "./tenants/tree.ts";
import type { World } from "./world.ts";

/** Puts a checked policy in force. */
export function changePolicy(w: World, policy: Policy): void {
  w.policy = policy;
  w.forgetReservations();
  for (const one of [...w.nodes.values(), ...w.queues.values()]) one.profile = undefined;
  w.pendingWork.fill(0);
  for (const job of w.jobs.values()) {
    if (job.phase === "running" || job.phase === "stopping") continue;
    if (job.pinned === undefined) estimate(w, job);
    job.bookedOn = undefined;
  }
  for (const leaf of w.leaves) for (const job of leaf.pending) countWork(w, job, 1);
  applyOrders(w);
  w.mustRebook = true;
  allMayFit(w);
}
