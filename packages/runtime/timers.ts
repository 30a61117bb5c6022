// Fires timers at their wall-clock time. The store is the truth: the ones that are due soon are kept in memory,
// the others are read when they come within the horizon. A timer that fires twice is harmless; one that never
// fires is not, so whatever is in doubt is read from the store again.
//
// The clock is compared at every check, so a machine that slept, or whose time was set, is noticed within a second.
import { Heap, type Instant } from "@baton/core";
import type { DueTimer, Store } from "@baton/storage";
import { timerCheckMs, timerHorizonMs } from "./limits.ts";
import type { Clock, LogRecord } from "./runtime.ts";
import type { Counters } from "./stats.ts";

/** What timers need of the runtime. */
export interface TimerParts {
  readonly store: Pick<Store, "dueTimers">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: (record: LogRecord) => void;
  /** How many are read at a time. */
  readonly page: number;
  readonly fire: (timer: DueTimer) => void;
}

/** All timers of the store. */
export class Timers {
  readonly #parts: TimerParts;
  readonly #soon = new Map<string, DueTimer>();
  /** Ordered by time; an entry counts only while `#soon` holds that very object. */
  readonly #heap = new Heap<DueTimer>((a, b) => a.at - b.at);
  /** Fired, but still in the store: not to be fired again by the next reading. */
  readonly #fired = new Set<string>();
  /** Timers up to this instant are in memory, or are being read. */
  #coveredUntil: Instant = Number.NEGATIVE_INFINITY;
  #readAt: Instant = Number.NEGATIVE_INFINITY;
  #reading = false;
  #running = false;
  #wakeAt: Instant = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => undefined;

  constructor(parts: TimerParts) {
    this.#parts = parts;
  }

  /** A timer was stored. */
  set(timer: DueTimer): void {
    const key = keyOf(timer.runId, timer.timer);
    this.#fired.delete(key);
    this.#soon.delete(key);
    if (timer.at <= this.#coveredUntil) this.#keep(key, timer);
  }

  /** A timer was removed from the store. */
  clear(runId: string, timer: string): void {
    const key = keyOf(runId, timer);
    this.#soon.delete(key);
    this.#fired.delete(key);
  }

  /** Begins to fire. */
  start(): void {
    this.#running = true;
    this.#check();
  }

  stop(): void {
    this.#running = false;
    this.#cancelWake();
  }

  #keep(key: string, timer: DueTimer): void {
    this.#soon.set(key, timer);
    this.#heap.push(timer);
    if (timer.at < this.#wakeAt) this.#sleep();
  }

  #check(): void {
    if (!this.#running) return;
    const now = this.#parts.clock.now();
    this.#fireDue(now);
    if (this.#mustRead(now)) void this.#read(now);
    this.#sleep();
  }

  #fireDue(now: Instant): void {
    for (let first = this.#heap.peek(); first && first.at <= now; first = this.#heap.peek()) {
      this.#heap.pop();
      const key = keyOf(first.runId, first.timer);
      if (this.#soon.get(key) !== first) continue;
      this.#soon.delete(key);
      this.#fired.add(key);
      this.#parts.counters.timerLagSeconds.record((now - first.at) / 1000);
      this.#parts.fire(first);
    }
  }

  /** When half of what is covered has passed, or the clock was set back behind the last reading. */
  #mustRead(now: Instant): boolean {
    return !this.#reading && (now < this.#readAt || now >= this.#coveredUntil - timerHorizonMs / 2);
  }

  /** What is set while the store reads is kept as well: the reading may have come before it. */
  async #read(now: Instant): Promise<void> {
    this.#reading = true;
    const coveredBefore = this.#coveredUntil;
    this.#coveredUntil = now + timerHorizonMs;
    this.#readAt = now;
    try {
      this.#take(await this.#parts.store.dueTimers(this.#coveredUntil, this.#parts.page));
    } catch (error) {
      this.#coveredUntil = coveredBefore;
      this.#parts.log({ level: "warning", message: "Timers could not be read; they are tried again.", error });
    } finally {
      this.#reading = false;
    }
  }

  #take(due: readonly DueTimer[]): void {
    const last = due.at(-1);
    if (last && due.length >= this.#parts.page) this.#coveredUntil = last.at;
    for (const timer of due) {
      const key = keyOf(timer.runId, timer.timer);
      if (!this.#soon.has(key) && !this.#fired.has(key)) this.#keep(key, timer);
    }
  }

  #sleep(): void {
    this.#cancelWake();
    if (!this.#running) return;
    const now = this.#parts.clock.now();
    this.#wakeAt = Math.max(now, Math.min(this.#heap.peek()?.at ?? Number.POSITIVE_INFINITY, now + timerCheckMs));
    this.#cancelWake = this.#parts.clock.after(this.#wakeAt - now, () => this.#check());
  }
}

function keyOf(runId: string, timer: string): string {
  return `${runId}\n${timer}`;
}
