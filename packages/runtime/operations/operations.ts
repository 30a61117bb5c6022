// Operations on many runs, in the background: batch by batch, no faster than their rate, each batch stored before it is acted
// on. A stop at any instant repeats at most one batch when the server is back; an action that has taken effect already
// does so again without harm. What is asked of an operation meanwhile (pause, stop) counts from its next batch on.
import { BatonError, newId, type Millis, type Random } from "@baton/core";
import type { Store, StoredOperation } from "@baton/storage";
import { runtimeError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import {
  afterBatch,
  fromStored,
  newOperation,
  operationLimits,
  runsOf,
  toStored,
  viewOf,
  type OperationSpec,
  type OperationState,
  type OperationStatus,
  type OperationView,
  type Refusal,
} from "./operation.ts";

/** What operations need of the runtime. */
export interface OperationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (record: LogRecord) => void;
  /** Does it to one run; rejects where it cannot be done. */
  readonly act: (tenant: string, runId: string, spec: OperationSpec) => Promise<void>;
}

/** What may be asked of an operation. */
export type OperationVerb = "pause" | "resume" | "stop";

const retryMs: Millis = 1_000;
const wanted: { readonly [V in OperationVerb]: OperationStatus } = { pause: "paused", resume: "running", stop: "stopped" };

/** The operations of all tenants. */
export class Operations {
  readonly #parts: OperationParts;
  readonly #driven = new Map<string, Promise<void>>();
  readonly #sleeping = new Set<() => void>();
  #closed = false;

  constructor(parts: OperationParts) {
    this.#parts = parts;
  }

  /** Begins one; its filter has been read before. */
  async start(tenant: string, spec: OperationSpec): Promise<OperationView> {
    const { store, clock, random } = this.#parts;
    const createdAt = clock.now();
    await this.#assertRoom(tenant);
    await store.forgetOperations(createdAt - operationLimits.keptMs);
    const total = await store.countRuns({ tenant, filter: runsOf({ ...spec, createdAt }) });
    const id = newId("op", createdAt, random);
    const state = newOperation(spec, createdAt, total);
    await store.putOperation(toStored(tenant, id, 1, state));
    this.#drive(tenant, id);
    return viewOf(id, state);
  }

  async list(tenant: string, after: string | null, limit: number): Promise<readonly OperationView[]> {
    const stored = await this.#parts.store.listOperations(tenant, after, limit);
    return stored.map((one) => viewOf(one.id, fromStored(one)));
  }

  async get(tenant: string, id: string): Promise<OperationView> {
    return viewOf(id, fromStored(await this.#stored(tenant, id)));
  }

  /** Pauses, resumes or stops one; rejects with operation-ended where it has come to its end otherwise. */
  async command(tenant: string, id: string, verb: OperationVerb): Promise<OperationView> {
    const status = wanted[verb];
    const state = await this.#change(tenant, id, (old) => {
      if (old.status === status) return old;
      if (old.endedAt !== null) throw runtimeError("operation-ended", { message: `The operation is ${old.status}.`, where: id });
      return { ...old, status, endedAt: status === "stopped" ? this.#parts.clock.now() : null };
    });
    if (state.status === "running") this.#drive(tenant, id);
    return viewOf(id, state);
  }

  /** Takes up those that were under way. */
  async recover(): Promise<void> {
    for (const { tenant, id } of await this.#parts.store.activeOperations()) this.#drive(tenant, id);
  }

  /** Begins no further batch; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#sleeping) wake();
    await Promise.all(this.#driven.values());
  }

  async #assertRoom(tenant: string): Promise<void> {
    const active = await this.#parts.store.activeOperations();
    if (active.filter((one) => one.tenant === tenant).length < operationLimits.running) return;
    throw runtimeError("operations-too-many");
  }

  /** One loop per operation. One that was resumed while its loop was about to end begins another. */
  #drive(tenant: string, id: string): void {
    const key = `${tenant}\n${id}`;
    const before = this.#driven.get(key) ?? Promise.resolve();
    const now = before
      .then(() => this.#loop(tenant, id))
      .catch((error: unknown) => {
        this.#parts.log({ level: "error", message: `The operation ${id} cannot go on; the next start takes it up.`, error });
      });
    this.#driven.set(key, now);
    void now.then(() => {
      if (this.#driven.get(key) === now) this.#driven.delete(key);
    });
  }

  async #loop(tenant: string, id: string): Promise<void> {
    for (;;) {
      const state = await this.#steadily(async () => fromStored(await this.#stored(tenant, id)));
      if (state?.status !== "running") return;
      const started = this.#parts.clock.now();
      const refusals = await this.#actOn(tenant, state);
      if (refusals === null) return;
      await this.#steadily(() => this.#settle(tenant, id, state, refusals));
      await this.#sleep((state.batch.length / state.rate) * 1000 - (this.#parts.clock.now() - started));
    }
  }

  /** Stores what became of a batch, and whose turn is next, at once. */
  async #settle(tenant: string, id: string, { batch }: OperationState, refusals: readonly Refusal[]): Promise<void> {
    await this.#change(tenant, id, async (old) => {
      if (old.batch.join() !== batch.join()) return old;
      const next = await this.#next(tenant, { ...old, cursor: batch.at(-1) ?? old.cursor });
      return afterBatch(old, refusals, next, this.#parts.clock.now());
    });
  }

  async #next(tenant: string, state: OperationState): Promise<readonly string[]> {
    const limit = Math.min(operationLimits.batch, Math.ceil(state.rate));
    const order = { field: "id", descending: false } as const;
    const after = state.cursor === null ? {} : { after: state.cursor };
    const runs = await this.#parts.store.listRuns({ tenant, filter: runsOf(state), order, limit, ...after });
    return runs.map(({ id }) => id);
  }

  /** Null: the server stops, and nothing is known of some of them. */
  async #actOn(tenant: string, state: OperationState): Promise<readonly Refusal[] | null> {
    const outcomes = await Promise.all(state.batch.map((runId) => this.#actOnOne(tenant, runId, state)));
    return outcomes.includes(undefined) ? null : outcomes.filter((outcome) => outcome !== null && outcome !== undefined);
  }

  /** Null: it is done; undefined: the server stops. */
  async #actOnOne(tenant: string, runId: string, spec: OperationSpec): Promise<Refusal | null | undefined> {
    return this.#steadily(async () => {
      try {
        await this.#parts.act(tenant, runId, spec);
        return null;
      } catch (error) {
        if (!(error instanceof BatonError) || error.retryable) throw error;
        return { runId, reason: error.message };
      }
    });
  }

  /** Again and again while the world cannot do it now; undefined: the server stops. */
  async #steadily<T>(action: () => Promise<T>): Promise<T | undefined> {
    while (!this.#closed) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof BatonError && error.retryable)) throw error;
        await this.#sleep(retryMs);
      }
    }
    return undefined;
  }

  async #stored(tenant: string, id: string): Promise<StoredOperation> {
    const stored = await this.#parts.store.getOperation(tenant, id);
    if (stored === null) throw runtimeError("operation-unknown", { where: id });
    return stored;
  }

  /** Another writer's change is read, and the change made on it. */
  async #change(
    tenant: string,
    id: string,
    change: (old: OperationState) => OperationState | Promise<OperationState>,
  ): Promise<OperationState> {
    for (;;) {
      const stored = await this.#stored(tenant, id);
      const old = fromStored(stored);
      const state = await change(old);
      if (state === old || (await this.#parts.store.putOperation(toStored(tenant, id, stored.revision + 1, state)))) return state;
    }
  }

  #sleep(ms: Millis): Promise<void> {
    if (ms <= 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#sleeping.delete(wake);
        resolve();
      };
      const cancel = this.#parts.clock.after(ms, wake);
      this.#sleeping.add(wake);
    });
  }
}
