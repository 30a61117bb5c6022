// Notes the expected wait of some jobs when they are submitted, and how it turned out when they start: often at first, then
// of one job in a thousand, and the rarer the more is running or is being watched, so that it costs nothing.
import type { Job } from "./model.ts";
import { expectedWait } from "./reasons/estimate.ts";
import type { World } from "./world.ts";

const rarest = 1000;

/** An estimate looks at all that runs: one job in as many as this many times less. */
const runningPerSample = 4;

/** Notes what is expected of a job that has to wait, if it is one of those that are watched. */
export function expect(w: World, job: Job): void {
  if (w.waited++ < w.nextExpectation) return;
  // Where nothing starts nothing is learned: a queue that only grows is not looked through for each of its jobs.
  const known = Math.max(w.waitRatios.count, w.expectations.size);
  w.nextExpectation = w.waited + Math.max(Math.min(rarest, known), Math.floor(w.root.running / runningPerSample));
  const waitMs = expectedWait(w, job);
  if (waitMs !== undefined) w.expectations.set(job, { at: w.now, waitMs });
}

/** Learns from a job that starts. */
export function settle(w: World, job: Job): void {
  const expectation = w.expectations.get(job);
  if (expectation === undefined) return;
  w.expectations.delete(job);
  const waitMs = w.now - expectation.at;
  w.waitRatios.add(waitMs, expectation.waitMs);
  w.trace.push({ type: "waited", jobId: job.id, waitMs, expectedMs: expectation.waitMs });
}
