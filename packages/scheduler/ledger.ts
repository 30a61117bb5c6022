// What runs against one capacity (a node's, or a queue's limit), in the order in which it is estimated to end.
// Invariants: `free` = capacity minus the requests of `jobs`; `jobs` is sorted by `endsAt`, ties in order of entry.
import type { Instant } from "@baton/core";
import { addTo, extended, takeFrom, type Vector } from "./resources.ts";

/** Something that holds amounts until an estimated end. */
export interface Holding {
  /** Changed only while it is out of every ledger (`take`, then `put`). */
  endsAt: Instant;
  held: Vector;
}

/** Capacity, what of it is free, and who holds the rest. */
export class Ledger<H extends Holding> {
  capacity: Vector;
  free: Vector;
  readonly jobs: H[] = [];
  /** Counts how often a job has entered or left. */
  changes = 0;

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

  /**
   * The earliest instant, before another, at which `request` fits if all that runs ends as estimated; Infinity where there is none. What is
   * free only grows as jobs end, so each resource is looked at by itself: the last of their instants is the one.
   */
  roomAt(request: Vector, now: Instant, before: Instant = Infinity): Instant {
    let at = now;
    for (let d = 0; d < request.length && at < before; d++) {
      const missing = (request[d] as number) - (this.free[d] as number);
      if (missing > 0 && (request[d] as number) > 0) at = Math.max(at, now + 1, this.freedAt(d, missing, before));
    }
    return at < before ? at : Infinity;
  }

  /** When the jobs that have ended by then held so much of resource `d` together; Infinity where that is not before `before`. */
  protected freedAt(d: number, missing: number, before: Instant): Instant {
    return freedBy(this.jobs, d, missing, before);
  }

  /** What will be free at an instant, if all ends as estimated and nothing starts. */
  freeAt(at: Instant): Vector {
    const free = this.free.slice();
    for (const job of this.jobs) {
      if (job.endsAt > at) break;
      addTo(free, job.held);
    }
    return free;
  }

  /** When the n-th (from 0) of what runs is estimated to end. */
  endOf(n: number): Instant | undefined {
    return this.jobs[n]?.endsAt;
  }

  /** How many are estimated to have ended at an instant. */
  endedAt(at: Instant): number {
    return firstAfter(this.jobs, at);
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
    this.changes++;
    const jobs = this.jobs;
    const place = firstAfter(jobs, job.endsAt);
    for (let i = jobs.length; i > place; i--) jobs[i] = jobs[i - 1] as H;
    jobs[place] = job;
  }

  /** Takes a job out of the order of ends, without touching what is free. */
  take(job: H): void {
    this.changes++;
    const jobs = this.jobs;
    const last = jobs.length - 1;
    let place = firstAfter(jobs, job.endsAt) - 1;
    while (jobs[place] !== job) place--;
    for (let i = place; i < last; i++) jobs[i] = jobs[i + 1] as H;
    jobs.length = last;
  }
}

/** The most jobs that are kept in one piece. */
const longestPiece = 128;

/** Neighbours in the order of ends, and what they hold together. */
interface Piece<H extends Holding> {
  readonly jobs: H[];
  held: Vector;
}

/**
 * A ledger of thousands of jobs, such as a queue's limit: the order of ends is cut into pieces, so that a change, or a question about a
 * later time, costs about the same however many there are. `jobs` stays empty; invariant: `pieces` put together is what `jobs` is
 * elsewhere, and none of them is empty.
 */
export class LongLedger<H extends Holding> extends Ledger<H> {
  readonly pieces: Piece<H>[] = [];

  protected override freedAt(d: number, missing: number, before: Instant): Instant {
    let left = missing;
    for (const { jobs, held } of this.pieces) {
      const amount = held[d] as number;
      if (amount >= left) return freedBy(jobs, d, left, before);
      if ((jobs[0] as H).endsAt >= before) return Infinity;
      left -= amount;
    }
    return Infinity;
  }

  /** Counted from the end that is nearer. */
  override freeAt(at: Instant): Vector {
    const middle = this.pieces[this.pieces.length >> 1]?.jobs[0];
    return middle !== undefined && middle.endsAt <= at ? withoutLater(this, at) : withEarlier(this, at);
  }

  override endOf(n: number): Instant | undefined {
    let before = 0;
    for (const { jobs } of this.pieces) {
      if (n < before + jobs.length) return jobs[n - before]?.endsAt;
      before += jobs.length;
    }
    return undefined;
  }

  override endedAt(at: Instant): number {
    let ended = 0;
    for (const { jobs } of this.pieces) {
      if ((jobs[0] as H).endsAt > at) return ended;
      ended += (jobs.at(-1) as H).endsAt <= at ? jobs.length : firstAfter(jobs, at);
    }
    return ended;
  }

  override extend(size: number, otherwise = 0): void {
    super.extend(size, otherwise);
    for (const piece of this.pieces) piece.held = extended(piece.held, size);
  }

  override put(job: H): void {
    this.changes++;
    const { pieces } = this;
    const index = Math.min(pieceOf(pieces, job.endsAt + 1), pieces.length - 1);
    const piece = pieces[index];
    if (piece === undefined) return void pieces.push({ jobs: [job], held: job.held.slice() });
    piece.jobs.splice(firstAfter(piece.jobs, job.endsAt), 0, job);
    addTo(piece.held, job.held);
    if (piece.jobs.length > longestPiece) pieces.splice(index + 1, 0, cutInHalf(piece));
  }

  override take(job: H): void {
    this.changes++;
    const { pieces } = this;
    for (let index = pieceOf(pieces, job.endsAt); index < pieces.length; index++) {
      const piece = pieces[index] as Piece<H>;
      const place = piece.jobs.indexOf(job, firstAfter(piece.jobs, job.endsAt - 1));
      if (place < 0) continue;
      piece.jobs.splice(place, 1);
      takeFrom(piece.held, job.held);
      if (piece.jobs.length === 0) pieces.splice(index, 1);
      return;
    }
  }
}

/** All that there is, without what is held beyond an instant. */
function withoutLater<H extends Holding>({ capacity, pieces }: LongLedger<H>, at: Instant): Vector {
  const free = capacity.slice();
  for (let piece = pieces.length - 1; piece >= 0; piece--) {
    const { jobs, held } = pieces[piece] as Piece<H>;
    if ((jobs[0] as H).endsAt <= at) {
      for (let i = jobs.length - 1; i >= 0 && (jobs[i] as H).endsAt > at; i--) takeFrom(free, (jobs[i] as H).held);
      return free;
    }
    takeFrom(free, held);
  }
  return free;
}

/** What is free now, with what ends until an instant. */
function withEarlier<H extends Holding>({ free: now, pieces }: LongLedger<H>, at: Instant): Vector {
  const free = now.slice();
  for (const { jobs, held } of pieces) {
    if ((jobs.at(-1) as H).endsAt > at) {
      for (let i = 0; i < jobs.length && (jobs[i] as H).endsAt <= at; i++) addTo(free, (jobs[i] as H).held);
      return free;
    }
    addTo(free, held);
  }
  return free;
}

/** Cuts the later half off a piece. */
function cutInHalf<H extends Holding>(piece: Piece<H>): Piece<H> {
  const jobs = piece.jobs.splice(longestPiece >> 1);
  const held = new Float64Array(piece.held.length);
  for (const job of jobs) addTo(held, job.held);
  takeFrom(piece.held, held);
  return { jobs, held };
}

/** The index of the first piece that holds an end at that instant or later. */
function pieceOf(pieces: readonly Piece<Holding>[], instant: Instant): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (((pieces[middle] as Piece<Holding>).jobs.at(-1) as Holding).endsAt < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

function freedBy(jobs: readonly Holding[], d: number, missing: number, before: Instant): Instant {
  let left = missing;
  for (const { endsAt, held } of jobs) {
    if (endsAt >= before) return Infinity;
    left -= held[d] as number;
    if (left <= 0) return endsAt;
  }
  return Infinity;
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
