// Bookings of conservative backfilling, as far as others have to know of them.
import { remainingOn, type Job } from "../model.ts";
import type { World } from "../world.ts";

/** The jobs that are booked together with a job: itself, or all of its gang. */
export function membersOf(job: Job): readonly Job[] {
  return job.gang === undefined ? [job] : job.gang.members;
}

/** Takes a job's booking back. */
export function unbook(job: Job): void {
  for (const one of membersOf(job)) {
    const node = one.bookedOn;
    node?.profile?.give(one.bookedAt, one.bookedAt + remainingOn(one, node.speed), one.held);
    one.bookedOn = undefined;
  }
}

/** What ended early is free again from now on. */
export function profileEnded(w: World, job: Job): void {
  if (job.node?.profile && job.endsAt > w.now) job.node.profile.give(w.now, job.endsAt, job.held);
}
