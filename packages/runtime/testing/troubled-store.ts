// A store that does what a test wants to go wrong: hold commits back, fail them, or store them and say that it failed.
import { BatonError } from "@baton/core";
import type { Commit, CommitOutcome, JobBatch, LockBatch, Store } from "@baton/storage";

/** What becomes of commits. */
export type Trouble = "none" | "hold" | "fail" | "store-and-fail" | "dead";

const diskFull = { summary: "The disk is full.", next: "Free space.", retryable: true };

/** Wraps a store; everything but `commit` goes straight through. */
export class TroubledStore {
  readonly store: Store;
  /** The batches that were written, or refused. */
  readonly batches: (readonly Commit[])[] = [];
  readonly #inner: Store;
  #trouble: Trouble = "none";
  #healthy = Number.POSITIVE_INFINITY;
  #lived = Number.POSITIVE_INFINITY;
  #release: () => void = () => undefined;
  #held: Promise<void> = Promise.resolve();

  constructor(inner: Store) {
    this.#inner = inner;
    this.store = new Proxy(inner, {
      get: (target, name) => {
        if (name === "commitLocks") return (batch: LockBatch) => this.#simply(() => this.#inner.commitLocks(batch));
        if (name === "commitJobs") return (batch: JobBatch) => this.#simply(() => this.#inner.commitJobs(batch));
        if (name === "commit") return (batch: readonly Commit[]) => this.#commit(batch);
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  /** From now on; what was held goes on. */
  set(trouble: Trouble): void {
    this.#trouble = trouble;
    this.#healthy = Number.POSITIVE_INFINITY;
    this.#release();
    if (trouble === "hold") {
      this.#held = new Promise((resolve) => {
        this.#release = resolve;
      });
    }
  }

  /** So many batches more are stored, then all fail. */
  failFrom(batches: number): void {
    this.#trouble = "none";
    this.#healthy = batches;
  }

  /** So many batches of jobs more are stored, then its server is killed. */
  dieAfter(batches: number): void {
    this.#trouble = "none";
    this.#lived = batches;
  }

  /** Its server was killed: nothing that it does reaches the store any more. */
  get isDead(): boolean {
    return this.#trouble === "dead";
  }

  async #simply(commit: () => Promise<void>): Promise<void> {
    if (this.#trouble === "hold") await this.#held;
    if (this.#lived-- <= 0) this.#trouble = "dead";
    if (this.#trouble === "fail") throw new BatonError("disk-full", diskFull);
    // Its server was killed: nothing it does reaches the store, and no answer reaches it.
    if (this.#trouble === "dead") await new Promise(() => undefined);
    await commit();
    if (this.#trouble === "store-and-fail") throw new BatonError("disk-full", diskFull);
  }

  async #commit(batch: readonly Commit[]): Promise<readonly CommitOutcome[]> {
    if (this.#trouble === "hold") await this.#held;
    if (this.#healthy-- <= 0) this.#trouble = "fail";
    this.batches.push(batch);
    if (this.#trouble === "fail") throw new BatonError("disk-full", diskFull);
    const outcomes = await this.#inner.commit(batch);
    if (this.#trouble === "store-and-fail") throw new BatonError("disk-full", diskFull);
    return outcomes;
  }
}
