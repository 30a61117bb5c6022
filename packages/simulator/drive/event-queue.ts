// The calendar of a simulation: a binary heap over parallel typed arrays, ordered by time, then by kind, then by the
// order in which the events were put in. Three numbers per event, no object.

/** What happens at one instant happens in this order: overruns, submissions, ends, clock. */
export const eventKind = { overrun: 0, submission: 1, end: 2, clock: 3 } as const;

/** One of the kinds above. */
export type EventKind = (typeof eventKind)[keyof typeof eventKind];

const firstCapacity = 256;
/** Kind and sequence number share one number: the sequence fits below this, the sum is exact. */
const kindUnit = 2 ** 50;

/** A mutable queue of events; `time`, `kind`, `job` and `version` describe the one that `pop` took last. */
export class EventQueue {
  #times = new Float64Array(firstCapacity);
  #keys = new Float64Array(firstCapacity);
  #jobs = new Int32Array(firstCapacity);
  #versions = new Int32Array(firstCapacity);
  #size = 0;
  #sequence = 0;
  job = 0;
  version = 0;
  kind: EventKind = eventKind.overrun;

  get size(): number {
    return this.#size;
  }

  /** The time of the next event; Infinity where there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] as number);
  }

  /** Whether the next event goes before a submission at the same instant. */
  get nextBeforeSubmissions(): boolean {
    return (this.#keys[0] as number) < kindUnit;
  }

  push(time: number, kind: EventKind, job: number, version: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const key = kind * kindUnit + this.#sequence++;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = this.#times[parent] as number;
      if (parentTime < time || (parentTime === time && (this.#keys[parent] as number) < key)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, time, key, job, version);
  }

  /** Takes the next event out, into this queue's own fields. */
  pop(): void {
    this.job = this.#jobs[0] as number;
    this.version = this.#versions[0] as number;
    this.kind = Math.floor((this.#keys[0] as number) / kindUnit) as EventKind;
    const last = --this.#size;
    if (last > 0)
      this.#sink(this.#times[last] as number, this.#keys[last] as number, this.#jobs[last] as number, this.#versions[last] as number);
  }

  #sink(time: number, key: number, job: number, version: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#before(child + 1, this.#times[child] as number, this.#keys[child] as number)) child++;
      if (!this.#before(child, time, key)) break;
      this.#move(child, at);
      at = child;
    }
    this.#set(at, time, key, job, version);
  }

  #before(at: number, time: number, key: number): boolean {
    const own = this.#times[at] as number;
    return own < time || (own === time && (this.#keys[at] as number) < key);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#times[from] as number, this.#keys[from] as number, this.#jobs[from] as number, this.#versions[from] as number);
  }

  #set(at: number, time: number, key: number, job: number, version: number): void {
    this.#times[at] = time;
    this.#keys[at] = key;
    this.#jobs[at] = job;
    this.#versions[at] = version;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    this.#times = enlarged(this.#times, new Float64Array(capacity));
    this.#keys = enlarged(this.#keys, new Float64Array(capacity));
    this.#jobs = enlarged(this.#jobs, new Int32Array(capacity));
    this.#versions = enlarged(this.#versions, new Int32Array(capacity));
  }
}

function enlarged<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
