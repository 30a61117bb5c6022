// Group commit without a timer: decisions that are made while the store writes go into the next batch together.
//
// Two batches may be on their way at a time, so that deciding and writing overlap; the store answers them in order.
// What is submitted for a run is stored in the order of submitting, or not at all: once one decision of a run could
// not be stored, the later ones name a version that is never reached, and are refused.
import { BatonError, defined } from "@baton/core";
import type { Decided } from "@baton/engine";
import type { Commit, CommitOutcome, Store } from "@baton/storage";
import type { LoadedRun } from "./loaded-run.ts";
import type { LogRecord } from "./runtime.ts";
import type { Counters } from "./stats.ts";

/** A decision on its way to the store. */
export interface Pending {
  readonly run: LoadedRun;
  /** Null: nothing changes, but the answer must not be given before what it builds on is stored. */
  readonly commit: Commit | null;
  /** The run's version once it is stored. */
  readonly version: number;
  readonly decided: Decided;
  readonly settled: (outcome: CommitOutcome | BatonError) => void;
}

const maxInFlight = 2;
/** A batch of this size does not wait for the turn to end, so that the store begins while more is being decided. */
const eagerBatch = 64;

/** Stores decisions in batches, and tells each when it is durable. */
export class Committer {
  readonly #store: Store;
  readonly #counters: Counters;
  readonly #log: (record: LogRecord) => void;
  #failing = false;
  #queue: Pending[] = [];
  #inFlight = 0;
  #unsettled = 0;
  #scheduled = false;
  #onIdle: (() => void)[] = [];

  constructor(store: Store, counters: Counters, log: (record: LogRecord) => void) {
    this.#store = store;
    this.#counters = counters;
    this.#log = log;
  }

  /** Decisions that are not yet known to be durable. */
  get pending(): number {
    return this.#unsettled;
  }

  submit(pending: Pending): void {
    this.#queue.push(pending);
    this.#unsettled++;
    if (this.#queue.length >= eagerBatch && this.#inFlight < maxInFlight) this.#flush();
    else this.#schedule();
  }

  /** Resolves when nothing is pending. */
  idle(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= maxInFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#queue.length > 0 && this.#inFlight < maxInFlight) this.#flush();
    });
  }

  #flush(): void {
    const batch: Pending[] = [];
    const commits: Commit[] = [];
    for (const pending of this.#queue.splice(0)) {
      // The run is loaded again; what was decided on the state that is void must be decided again.
      if (pending.run.broken) this.#finish(pending, "conflict");
      else batch.push(pending);
    }
    for (const { commit } of batch) if (commit) commits.push(commit);
    this.#inFlight++;
    const started = performance.now();
    const stored = (result: readonly CommitOutcome[] | BatonError): void => {
      this.#counters.commitSeconds.record((performance.now() - started) / 1000);
      this.#counters.commitBatch.record(commits.length);
      this.#settle(batch, result);
    };
    this.#write(commits).then(stored, (error: BatonError) => stored(error));
  }

  #write(commits: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    return commits.length > 0 ? this.#store.commit(commits) : Promise.resolve([]);
  }

  #settle(batch: readonly Pending[], result: readonly CommitOutcome[] | BatonError): void {
    this.#inFlight--;
    this.#noteHealth(result);
    // What was decided meanwhile goes out first: the store writes while the effects of this batch are performed.
    if (this.#queue.length >= eagerBatch) this.#flush();
    let next = 0;
    for (const pending of batch) {
      if (result instanceof BatonError) this.#finish(pending, result);
      else this.#finish(pending, pending.commit ? defined(result[next++], "an outcome for each commit") : "committed");
    }
    if (this.#queue.length > 0) this.#schedule();
  }

  /** Told when it begins and when it is over, not for every batch. */
  #noteHealth(result: readonly CommitOutcome[] | BatonError): void {
    const failing = result instanceof BatonError;
    if (failing === this.#failing) return;
    this.#failing = failing;
    if (failing) this.#log({ level: "error", message: "The store takes no changes; results are kept and tried again.", error: result });
    else this.#log({ level: "info", message: "The store takes changes again." });
  }

  #finish(pending: Pending, outcome: CommitOutcome | BatonError): void {
    this.#unsettled--;
    pending.settled(outcome);
    if (this.#unsettled === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
