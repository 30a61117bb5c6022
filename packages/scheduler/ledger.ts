// What runs against one capacity (a node's, or a queue's limit), in the order in which it is estimated to end.
// Invariants: `free` = capacity minus the requests of `jobs`; `jobs` is sorted by `endsAt`, ties in order of entry.
import type { Instant } from "@baton/core";
import { addTo, extended, fits, takeFrom, type Vector } from "./resources.ts";

/** Something that holds amounts until an estimated end. */
export interface Holding {
  /** Changed only while it is out of every ledger (`take`, then `put`). */
  endsAt: Instant;
  held: Vector;
}

/** When a request will fit, if all that runs ends as estimated, and what is left over then. */
export interface Shadow {
  readonly at: Instant;
  readonly extra: Vector;
}

/** Capacity, what of it is free, and who holds the rest. */
export class Ledger<H extends Holding> {
  capacity: Vector;
  free: Vector;
  readonly jobs: H[] = [];

  constructor(capacity: Vector) {
    this.capacity = capacity;
    this.free = capacity.slice();
  }

  add(job: H): void {
    takeFrom(this.free, job.held);
    this.put(job);
  }

  remove(job: H): void {
    addTo(this.free, job.held);
    this.take(job);
  }

  /** The earliest instant at which `request` fits if every job ends as estimated; undefined where it never does. */
  shadow(request: Vector, now: Instant): Shadow | undefined {
    return shadowOf(this.free, this.jobs, request, now);
  }

  /** What will be free at an instant, if all ends as estimated and nothing starts. */
  freeAt(at: Instant): Vector {
    const free = this.free.slice();
    for (const job of this.inOrder()) {
      if (job.endsAt > at) break;
      addTo(free, job.held);
    }
    return free;
  }

  /** All jobs in the order in which they are estimated to end. */
  inOrder(): readonly H[] {
    return this.jobs;
  }

  /** Gives the ledger another capacity; what it frees or takes shows in `free`. */
  resize(capacity: Vector): void {
    addTo(this.free, capacity);
    takeFrom(this.free, this.capacity);
    this.capacity = capacity;
  }

  /** Lengthens the vectors, for when more resources are known. */
  extend(size: number, otherwise = 0): void {
    this.capacity = extended(this.capacity, size, otherwise);
    this.free = extended(this.free, size, otherwise);
  }

  /** Enters a job in the order of ends, without touching what is free. */
  put(job: H): void {
    const jobs = this.jobs;
    const place = firstAfter(jobs, job.endsAt);
    for (let i = jobs.length; i > place; i--) jobs[i] = jobs[i - 1] as H;
    jobs[place] = job;
  }

  /** Takes a job out of the order of ends, without touching what is free. */
  take(job: H): void {
    const jobs = this.jobs;
    const last = jobs.length - 1;
    let place = firstAfter(jobs, job.endsAt) - 1;
    while (jobs[place] !== job) place--;
    for (let i = place; i < last; i++) jobs[i] = jobs[i + 1] as H;
    jobs.length = last;
  }
}

/** The most jobs that are kept in one piece. */
const longestPiece = 512;

/**
 * A ledger of thousands of jobs, such as a queue's limit: the order of ends is cut into pieces, so that entering it costs the same
 * however many there are. `jobs` stays empty; invariant: `pieces` put together is what `jobs` is elsewhere, and none of them is empty.
 */
export class LongLedger<H extends Holding> extends Ledger<H> {
  readonly pieces: H[][] = [];

  override shadow(request: Vector, now: Instant): Shadow | undefined {
    return fits(request, this.free)
      ? { at: now, extra: left(this.free.slice(), request) }
      : shadowOf(this.free, this.inOrder(), request, now);
  }

  override inOrder(): readonly H[] {
    return this.pieces.flat();
  }

  override put(job: H): void {
    const { pieces } = this;
    const index = Math.min(pieceOf(pieces, job.endsAt + 1), pieces.length - 1);
    const piece = pieces[index];
    if (piece === undefined) return void pieces.push([job]);
    piece.splice(firstAfter(piece, job.endsAt), 0, job);
    if (piece.length > longestPiece) pieces.splice(index + 1, 0, piece.splice(longestPiece >> 1));
  }

  override take(job: H): void {
    const { pieces } = this;
    for (let index = pieceOf(pieces, job.endsAt); index < pieces.length; index++) {
      const piece = pieces[index] as H[];
      const place = piece.indexOf(job, firstAfter(piece, job.endsAt - 1));
      if (place < 0) continue;
      piece.splice(place, 1);
      if (piece.length === 0) pieces.splice(index, 1);
      return;
    }
  }
}

/** The index of the first piece that holds an end at that instant or later. */
function pieceOf(pieces: readonly (readonly Holding[])[], instant: Instant): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (((pieces[middle] as readonly Holding[]).at(-1) as Holding).endsAt < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function shadowOf(free: Vector, jobs: readonly Holding[], request: Vector, now: Instant): Shadow | undefined {
  const extra = free.slice();
  if (fits(request, extra)) return { at: now, extra: left(extra, request) };
  for (let i = 0; i < jobs.length; i++) {
    const job = jobs[i] as Holding;
    addTo(extra, job.held);
    const next = jobs[i + 1];
    if (next?.endsAt === job.endsAt || !fits(request, extra)) continue;
    return { at: Math.max(job.endsAt, now + 1), extra: left(extra, request) };
  }
  return undefined;
}

/** The index of the first job that ends after `instant`. */
function firstAfter(jobs: readonly Holding[], instant: Instant): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((jobs[middle] as Holding).endsAt <= instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function left(extra: Vector, request: Vector): Vector {
  takeFrom(extra, request);
  return extra;
}
