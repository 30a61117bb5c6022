// Jobs that are held until a date, the earliest first. Each is there at most once. One that is taken out before its date leaves
// its entry in the heap until that comes to the top, or until there are too many of them.
import { Heap, type Instant } from "@baton/core";
import type { Job } from "./model.ts";

interface Entry {
  readonly at: Instant;
  /** Counts up with the entries. */
  readonly seq: number;
  readonly job: Job;
}

/** So many dead entries are always borne. */
const borneEntries = 64;

/** The dated jobs of a world. */
export class Calendar {
  #heap = newHeap();
  readonly #entries = new Map<Job, Entry>();
  #nextSeq = 0;

  get size(): number {
    return this.#entries.size;
  }

  add(job: Job, at: Instant): void {
    const entry = { at, seq: this.#nextSeq++, job };
    this.#entries.set(job, entry);
    this.#heap.push(entry);
  }

  delete(job: Job): void {
    if (this.#entries.delete(job) && this.#heap.size > 2 * this.#entries.size + borneEntries) this.#sweep();
  }

  /** The earliest date. */
  next(): Instant | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#entries.get(top.job) === top) return top.at;
      this.#heap.pop();
    }
    return undefined;
  }

  /** Takes out the jobs whose date has come, in the order in which they were put in. */
  takeDue(now: Instant): readonly Job[] {
    const due: Entry[] = [];
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const entry = this.#heap.pop() as Entry;
      this.#entries.delete(entry.job);
      due.push(entry);
    }
    return due.sort((a, b) => a.seq - b.seq).map(({ job }) => job);
  }

  /** See fork.ts. */
  forked(copy: <T>(value: T) => T): this {
    const calendar = new Calendar();
    for (const { at, seq, job } of this.#entries.values()) {
      const entry = { at, seq, job: copy(job) };
      calendar.#entries.set(entry.job, entry);
      calendar.#heap.push(entry);
    }
    calendar.#nextSeq = this.#nextSeq;
    return calendar as this;
  }

  #sweep(): void {
    this.#heap = newHeap();
    for (const entry of this.#entries.values()) this.#heap.push(entry);
  }
}

function newHeap(): Heap<Entry> {
  return new Heap((a, b) => a.at - b.at || a.seq - b.seq);
}
