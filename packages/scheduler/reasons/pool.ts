// Several nodes taken as one machine, with what runs there until its estimated end. It is made anew for every estimate, also where
// tens of thousands of jobs run, so it makes no object per job.
import type { Instant } from "@baton/core";
import type { Node } from "../model.ts";
import { Profile } from "../profile.ts";
import { addTo, type Vector } from "../resources.ts";
import type { World } from "../world.ts";

/** So many ends of running jobs are kept apart; where there are more, neighbours are put together at the latest of them. */
export const distinctEnds = 128;
/** Of many ends so many are looked at to find the moments at which they are put together. */
const sampledEnds = 1024;

/** What the nodes have together, and what of it is free over time. */
export interface Pool {
  readonly capacity: Vector;
  readonly profile: Profile;
}

/** The nodes taken as one machine. */
export function poolOf(w: World, nodes: readonly Node[]): Pool {
  const { size } = w.resources;
  const capacity = new Float64Array(size);
  const free = new Float64Array(size);
  const moments = momentsOf(w, nodes);
  const ending = new Float64Array(moments.length * size);
  for (const { ledger } of nodes) {
    addTo(capacity, ledger.capacity);
    addTo(free, ledger.free);
    for (const job of ledger.jobs) {
      const first = momentOf(moments, Math.max(job.endsAt, w.now + 1)) * size;
      const { held } = job;
      for (let d = 0; d < size; d++) ending[first + d] = (ending[first + d] as number) + (held[d] as number);
    }
  }
  moments.forEach((_, i) => addTo(free, ending.subarray(i * size, (i + 1) * size)));
  const profile = new Profile(free, w.now);
  moments.forEach((at, i) => profile.take(w.now, at, ending.subarray(i * size, (i + 1) * size)));
  return { capacity, profile };
}

/** The moments at which something ends, in order: all of them where they are few, else such that as much ends at each. */
function momentsOf(w: World, nodes: readonly Node[]): Float64Array {
  let count = 0;
  let last = w.now + 1;
  for (const { ledger } of nodes) {
    count += ledger.jobs.length;
    last = Math.max(last, ledger.jobs.at(-1)?.endsAt ?? 0);
  }
  if (count === 0) return new Float64Array(0);
  const sample = sampleOf(w.now, nodes, count > distinctEnds ? Math.ceil(count / sampledEnds) : 1);
  if (count <= distinctEnds) return sample.filter((at, i) => at !== sample[i + 1]);
  const moments = Float64Array.from(
    { length: distinctEnds },
    (_, i) => sample[Math.floor(((i + 1) * sample.length) / distinctEnds) - 1] ?? last,
  );
  moments[distinctEnds - 1] = last;
  return moments.filter((at, i) => at !== moments[i + 1]);
}

/** Every n-th end, sorted. */
function sampleOf(now: Instant, nodes: readonly Node[], n: number): Float64Array {
  const ends: Instant[] = [];
  let next = 0;
  for (const { ledger } of nodes) {
    for (; next < ledger.jobs.length; next += n) ends.push(Math.max(ledger.jobs[next]?.endsAt ?? 0, now + 1));
    next -= ledger.jobs.length;
  }
  return Float64Array.from(ends).sort();
}

/** The first moment at or after an instant that is not behind them all. */
function momentOf(moments: Float64Array, at: Instant): number {
  let [low, high] = [0, moments.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as Instant) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
