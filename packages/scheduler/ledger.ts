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

  /** The instant of `shadow` where it is before another; Infinity where it is not, or there is none. */
  roomAt(request: Vector, now: Instant, before: Instant): Instant {
    const { free, jobs } = this;
    if (fits(request, free)) return now < before ? now : Infinity;
    const sum = free.slice();
    for (let i = 0; i < jobs.length; i++) {
      const job = jobs[i] as H;
      if (job.endsAt >= before) return Infinity;
      addTo(sum, job.held);
      if (jobs[i + 1]?.endsAt !== job.endsAt && fits(request, sum)) return Math.max(job.endsAt, now + 1);
    }
    return Infinity;
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

  override shadow(request: Vector, now: Instant): Shadow | undefined {
    const { pieces } = this;
    const free = this.free.slice();
    if (fits(request, free)) return { at: now, extra: left(free, request) };
    for (let i = 0; i < pieces.length; i++) {
      const { jobs, held } = pieces[i] as Piece<H>;
      const before = free.slice();
      addTo(free, held);
      if (!fits(request, free)) continue;
      // It fits at an end in this piece, or, where the last of them are of one instant with the first of the next, there.
      const following = pieces.slice(i + 1).flatMap((piece) => (piece.jobs[0]?.endsAt === jobs.at(-1)?.endsAt ? piece.jobs : []));
      return shadowOf(before, [...jobs, ...following], request, now);
    }
    return undefined;
  }

  override freeAt(at: Instant): Vector {
    const free = this.free.slice();
    for (const { jobs, held } of this.pieces) {
      if ((jobs.at(-1) as H).endsAt > at) {
        for (let i = 0; i < jobs.length && (jobs[i] as H).endsAt <= at; i++) addTo(free, (jobs[i] as H).held);
        return free;
      }
      addTo(free, held);
    }
    return free;
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
    const { pieces } = this;
    const index = Math.min(pieceOf(pieces, job.endsAt + 1), pieces.length - 1);
    const piece = pieces[index];
    if (piece === undefined) return void pieces.push({ jobs: [job], held: job.held.slice() });
    piece.jobs.splice(firstAfter(piece.jobs, job.endsAt), 0, job);
    addTo(piece.held, job.held);
    if (piece.jobs.length > longestPiece) pieces.splice(index + 1, 0, cutInHalf(piece));
  }

  override take(job: H): void {
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
