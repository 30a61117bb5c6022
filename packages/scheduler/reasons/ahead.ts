// The jobs that are likely to start before a job: those ahead in its own queue, and as many of the others' as fairness lets through.
// The first of them are given one by one, the rest as work, so that a long queue costs no more than a look at each.
import type { Job, Queue } from "../model.ts";
import { dominantShare, type Vector } from "../resources.ts";
import type { World } from "../world.ts";

/** So many jobs ahead are placed one by one; more of them count as work. */
export const placedAhead = 300;

/** Who is ahead. */
export interface Ahead {
  /** In the order in which they are likely to start. */
  readonly first: readonly Job[];
  /** What the others will hold, times how long: amounts times milliseconds. */
  readonly restOfWork: Vector;
}

/** The first `count` pending jobs of a queue are ahead; job i is due when the queue has `dueAt(i)`. */
interface Line {
  readonly queue: Queue;
  readonly count: number;
  readonly dueAt: (i: number) => number;
  taken: number;
}

/** The jobs ahead of one that waits. */
export function jobsAhead(w: World, job: Job): Ahead {
  const leader = job.gang?.members[0] ?? job;
  const { pending } = job.queue;
  const place = leader.phase === "pending" ? pending.placeOf(leader) : pending.size;
  const own = lineOf(w, job.queue, () => place);
  const due = place < pending.size || w.policy.fairness.name !== "none" ? own.dueAt(place) : Infinity;
  const others = w.leaves.filter((leaf) => leaf !== job.queue).map((leaf) => lineOf(w, leaf, (dueAt) => countBefore(leaf, dueAt, due)));
  return taken(w, [own, ...others]);
}

function lineOf(w: World, queue: Queue, count: (dueAt: Line["dueAt"]) => number): Line {
  const dueAt = w.policy.fairness.name === "none" ? (i: number): number => queue.pending.at(i)?.key ?? Infinity : shareAfter(w, queue);
  return { queue, dueAt, count: count(dueAt), taken: 0 };
}

/** What share a queue has when so many more of its jobs have started; each is taken to be like its first. */
function shareAfter(w: World, queue: Queue): (more: number) => number {
  const first = queue.pending.at(0);
  const each = first === undefined ? 0 : dominantShare(first.held, w.total);
  const now = dominantShare(queue.used, w.total);
  return (more) => (now + each * more) / queue.weight;
}

/** How many jobs of a queue are due before that; what is due never falls along a queue. */
function countBefore({ pending }: Queue, dueAt: Line["dueAt"], due: number): number {
  let [low, high] = [0, pending.size];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dueAt(middle) < due) low = middle + 1;
    else high = middle;
  }
  return low;
}

function taken(w: World, lines: readonly Line[]): Ahead {
  const first: Job[] = [];
  while (first.length < placedAhead) {
    const line = nextLine(lines);
    if (line === undefined) break;
    first.push(line.queue.pending.at(line.taken++) as Job);
  }
  return { first, restOfWork: workLeft(w, lines) };
}

function nextLine(lines: readonly Line[]): Line | undefined {
  let next: Line | undefined;
  for (const line of lines) {
    if (line.taken >= line.count) continue;
    if (next === undefined || line.dueAt(line.taken) < next.dueAt(next.taken)) next = line;
  }
  return next;
}

function workLeft(w: World, lines: readonly Line[]): Vector {
  const work = new Float64Array(w.resources.size);
  for (const { queue, taken: from, count } of lines) {
    for (let i = from; i < count; i++) {
      const { held, reserveMs, ranMs } = queue.pending.at(i) as Job;
      for (let d = 0; d < work.length; d++) work[d] = (work[d] as number) + (held[d] as number) * (reserveMs - ranMs);
    }
  }
  return work;
}
