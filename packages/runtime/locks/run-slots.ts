// The slots of runs whose flow says how many may go on at a time: each is a claim on a semaphore, under the run's id. A run
// claims it once its start is durable, and is admitted when it holds; it is given back once the run's end is durable.
// Both are asked for again after a restart: a claim of a run that has ended is given back then.
//
// A run that another one awaits claims as that one's owner, so that a flow which would wait for a slot of its own caller
// is found as the deadlock that it is.
import { awaitsSlot, isFinal, slotLock, type RunView, type Slot } from "@baton/engine";
import type { LockName } from "@baton/scheduler";
import type { Store } from "@baton/storage";
import type { Answers } from "../answers.ts";
import type { Driver } from "../driver.ts";
import type { LoadedRun } from "../loaded-run.ts";
import type { Locks } from "./locks.ts";
import type { Settled } from "./lock-watches.ts";

/** What slots are claimed with. */
export interface RunSlotParts {
  readonly locks: Locks;
  readonly driver: Driver;
  readonly answers: Answers;
  readonly store: Pick<Store, "readRun">;
}

/** Claims and gives back the slots of runs. */
export class RunSlots {
  readonly #parts: RunSlotParts;

  constructor(parts: RunSlotParts) {
    this.#parts = parts;
  }

  /** Gives back what runs hold that have ended without anybody hearing of it. */
  async recover(): Promise<void> {
    const { locks, store } = this.#parts;
    for (const { lock, claim } of locks.claims()) {
      // Only runs hold without a lease.
      if (claim.leaseMs !== null) continue;
      const run = await store.readRun(lock.tenant, claim.id);
      if (run === null || run.summary.endedAt !== null) locks.drop(lock, claim.id);
    }
  }

  /** Claims the slot of a run; the run is told when it has it, or cannot have it. */
  claim(run: LoadedRun, slot: Slot): void {
    this.#ownerOf(run).then(
      (owner) => this.#claim(run, slot, owner),
      // Its callers cannot be read: it is taken for its own.
      () => this.#claim(run, slot, run.id),
    );
  }

  /** The run has ended: its slot is free. */
  ended({ tenant, id, state: { slot, workflow } }: LoadedRun): void {
    if (slot !== null) this.#parts.locks.drop(lockOf(tenant, workflow, slot), id);
  }

  /** Whether the run has a claim. */
  has({ tenant, id, state: { slot, workflow } }: LoadedRun): boolean {
    return slot !== null && this.#parts.locks.look(lockOf(tenant, workflow, slot), id) !== null;
  }

  /** A run with its place, and who holds what it waits for. */
  shown(tenant: string, view: RunView): RunView {
    const { concurrency, workflow, id } = view;
    if (concurrency?.status !== "waiting") return view;
    const claim = this.#parts.locks.look(lockOf(tenant, workflow, concurrency), id);
    if (claim === null || claim.ahead === null || claim.reason === null) return view;
    return { ...view, concurrency: { ...concurrency, ahead: claim.ahead, reason: claim.reason } };
  }

  #claim(run: LoadedRun, slot: Slot, owner: string): void {
    // It may have ended while its owner was looked for.
    if (isFinal(run.state)) return;
    const lock = lockOf(run.tenant, run.state.workflow, slot);
    if (slot.onConflict === "replace") this.#replace(run, lock, slot);
    const waitMs = slot.onConflict === "cancel" ? 0 : null;
    const shape = { kind: "semaphore", size: slot.limit, resizes: true, permits: 1, leaseMs: null, graceMs: null, value: null } as const;
    const asked = { type: "acquire", lock, claim: run.id, owner, waitMs, ...shape } as const;
    this.#parts.locks.claim(asked, (settled) => this.#settled(run, settled));
  }

  /** Whoever came first makes room: as many as are too many. */
  #replace({ tenant, id }: LoadedRun, lock: LockName, { limit }: Slot): void {
    const { locks, answers } = this.#parts;
    const mine = locks.look(lock, id);
    if (mine !== null && mine.token !== null) return;
    const before = (locks.get(lock)?.claims ?? []).filter((other) => other.id !== id && (mine === null || other.place < mine.place));
    for (const other of before.slice(0, Math.max(0, before.length + 1 - limit)))
      answers.deliver(tenant, other.id, { type: "CancelRun", reason: `The run ${id} took its place.` });
  }

  #settled(run: LoadedRun, settled: Settled): void {
    const { tenant, id } = run;
    const { answers } = this.#parts;
    if ("granted" in settled)
      return answers.deliver(tenant, id, { type: "AdmitRun" }, ({ kind }) => {
        // It ended in the very moment.
        if (kind === "rejected") this.ended(run);
      });
    const { code, message: reason } = settled.refusal;
    if (code === "lock-held") answers.deliver(tenant, id, { type: "CancelRun", reason });
    else if (code === "lock-not-held") void this.#again(run);
    else answers.deliver(tenant, id, { type: "RefuseRun", reason });
  }

  /** Somebody has taken its claim away: a run that still waits begins at the end of the queue. */
  async #again({ tenant, id }: LoadedRun): Promise<void> {
    const now = await this.#parts.driver.find(tenant, id).catch(() => null);
    if (now !== null && now.state.slot !== null && awaitsSlot(now.state)) this.claim(now, now.state.slot);
  }

  /** The run at the top of those that await each other down to this one. */
  async #ownerOf(run: LoadedRun): Promise<string> {
    let top = run;
    while (top.state.parent !== null) {
      const parent = await this.#parts.driver.find(run.tenant, top.state.parent.runId);
      if (parent === null) break;
      top = parent;
    }
    return top.id;
  }
}

function lockOf(tenant: string, workflow: { readonly namespace: string; readonly name: string }, slot: Pick<Slot, "key">): LockName {
  return { tenant, namespace: workflow.namespace, name: slotLock(workflow, slot) };
}
