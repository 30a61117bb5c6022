// What will be free on one machine over time: running jobs until their estimated ends, and bookings of jobs to come.
// Piecewise constant: amounts at `#times[i]` hold until `#times[i + 1]`, the last ones for ever.
import type { Instant, Millis } from "@baton/core";
import type { Vector } from "./resources.ts";

/** Steps of the past beyond this many are dropped. */
const keptPast = 64;

/** Free amounts as a step function of time. */
export class Profile {
  readonly #width: number;
  #times: Instant[];
  /** The amounts of step i begin at index i * width. */
  #free: number[];

  constructor(free: Vector, now: Instant) {
    this.#width = free.length;
    this.#times = [now];
    this.#free = [...free];
  }

  /** See fork.ts. */
  forked(): Profile {
    const copy = new Profile(new Float64Array(this.#width), 0);
    copy.#times = [...this.#times];
    copy.#free = [...this.#free];
    return copy;
  }

  /** Takes `amount` away from `from` until `until`. */
  take(from: Instant, until: Instant, amount: Vector): void {
    this.#change(from, until, amount, -1);
  }

  /** Gives `amount` back from `from` until `until`. */
  give(from: Instant, until: Instant, amount: Vector): void {
    this.#change(from, until, amount, 1);
  }

  /** The first instant from `now` on at which `amount` is free for `duration`; `before` where that is not before it. */
  earliest(amount: Vector, duration: Millis, now: Instant, before: Instant = Infinity): Instant {
    return this.#search(amount, duration, now, before, Infinity, Infinity);
  }

  /** As `earliest`, for a job that is booked at `bookedAt` itself: what it takes there counts as free. */
  earlierThan(bookedAt: Instant, amount: Vector, duration: Millis, now: Instant): Instant {
    return this.#search(amount, duration, now, bookedAt, bookedAt, bookedAt + duration);
  }

  /** The instants at which something changes, after `now`. */
  changesAfter(now: Instant): readonly Instant[] {
    return this.#times.slice(this.#stepAt(now) + 1);
  }

  /** Drops what lies before `now`. */
  trim(now: Instant): void {
    const past = this.#stepAt(now);
    if (past < keptPast) return;
    this.#times = this.#times.slice(past);
    this.#free = this.#free.slice(past * this.#width);
  }

  #search(amount: Vector, duration: Millis, now: Instant, before: Instant, ownFrom: Instant, ownUntil: Instant): Instant {
    const times = this.#times;
    let start = -1;
    for (let i = Math.max(0, this.#stepAt(now)); i < times.length; i++) {
      const at = times[i] as Instant;
      const isOwn = at >= ownFrom && at < ownUntil;
      if (!isOwn && !this.#holds(i, amount)) {
        if (at >= before) return before;
        start = -1;
        continue;
      }
      if (start < 0) start = Math.max(at, now);
      if (start >= before) return before;
      const until = i + 1 < times.length ? (times[i + 1] as Instant) : Infinity;
      if (until - start >= duration) return start;
    }
    return before;
  }

  #holds(step: number, amount: Vector): boolean {
    const first = step * this.#width;
    for (let d = 0; d < amount.length; d++) {
      const wanted = amount[d] as number;
      if (wanted > 0 && wanted > (this.#free[first + d] as number)) return false;
    }
    return true;
  }

  #change(from: Instant, until: Instant, amount: Vector, sign: 1 | -1): void {
    if (from >= until) return;
    const first = this.#ensure(from);
    const end = until === Infinity ? this.#times.length : this.#ensure(until);
    for (let i = first; i < end; i++) {
      for (let d = 0; d < amount.length; d++) {
        const at = i * this.#width + d;
        this.#free[at] = (this.#free[at] as number) + sign * (amount[d] as number);
      }
    }
    this.#joinIfEqual(end);
    this.#joinIfEqual(first);
  }

  /** The step that begins exactly at `at`, made where there is none. */
  #ensure(at: Instant): number {
    const step = this.#stepAt(at);
    if (step >= 0 && this.#times[step] === at) return step;
    const width = this.#width;
    // Before the first step the past is not known; it counts as the first step does.
    const like = Math.max(0, step);
    const amounts = this.#free.slice(like * width, (like + 1) * width);
    this.#times.splice(step + 1, 0, at);
    this.#free.splice((step + 1) * width, 0, ...amounts);
    return step + 1;
  }

  #joinIfEqual(step: number): void {
    const width = this.#width;
    if (step <= 0 || step >= this.#times.length) return;
    for (let d = 0; d < width; d++) if (this.#free[step * width + d] !== this.#free[(step - 1) * width + d]) return;
    this.#times.splice(step, 1);
    this.#free.splice(step * width, width);
  }

  /** The last step that begins at or before `at`; -1 where all begin later. */
  #stepAt(at: Instant): number {
    const times = this.#times;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as Instant) <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
