// Loads runs from the store: the snapshot, and the envelopes after it. A run that is asked for twice is read once.
import { BatonError } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { decodeEvents, decodeState, definitionsNamed, replay, type Definitions, type RunState, type WorkflowEvent } from "@baton/engine";
import type { Store, StoredRun } from "@baton/storage";
import { definitionsFor } from "./definitions.ts";
import type { Flows } from "./flows.ts";
import type { Cloak } from "./secrets/cloak.ts";
import type { LoadedRun } from "./loaded-run.ts";

/** A run that is there, but whose state cannot be made from what is stored. */
export class UnreadableRun extends Error {
  override readonly name = "UnreadableRun";
  readonly stored: StoredRun;

  constructor(stored: StoredRun, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.stored = stored;
  }
}

/** A run with all that has happened to it. */
export interface WholeRun {
  readonly run: LoadedRun;
  /** As they were decided. */
  readonly envelopes: readonly string[];
  readonly events: readonly WorkflowEvent[];
}

interface Restored {
  readonly workflow: Definitions;
  readonly state: RunState;
  readonly snapshotVersion: number;
}

/** Reads runs. */
export class RunLoader {
  readonly #store: Store;
  readonly #flows: Flows;
  readonly #cloak: Cloak;
  readonly #loading = new Map<string, Promise<LoadedRun | null>>();

  constructor(store: Store, flows: Flows, cloak: Cloak) {
    this.#store = store;
    this.#flows = flows;
    this.#cloak = cloak;
  }

  /** Null: there is no such run. Rejects with UnreadableRun, or with an error of the store. */
  load(tenant: string, id: string): Promise<LoadedRun | null> {
    const key = `${tenant}\n${id}`;
    const loading = this.#loading.get(key) ?? this.#read(tenant, id).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  /** A run as it is stored, with its secrets; null: there is none. */
  async loadWhole(tenant: string, id: string): Promise<WholeRun | null> {
    const stored = await this.#store.readRun(tenant, id);
    if (!stored) return null;
    const { summary } = stored;
    const current = await this.#workflowOf(stored);
    const history = await this.#store.readHistory(tenant, id);
    try {
      const envelopes = history.map((envelope) => this.#cloak.reveal(envelope, id));
      const events = envelopes.flatMap(decodeEvents);
      const workflow = await definitionsFor(this.#flows, tenant, current, definitionsNamed(events));
      const state = replay(workflow, null, events);
      const version = envelopes.length;
      const kept = { snapshotVersion: 0, broken: false, recent: true };
      return { run: { tenant, id, workflow, state, summary, version, durable: version, ...kept }, envelopes, events };
    } catch (error) {
      throw error instanceof BatonError ? error : new UnreadableRun(stored, error);
    }
  }

  async #read(tenant: string, id: string): Promise<LoadedRun | null> {
    const stored = await this.#store.readRun(tenant, id);
    if (!stored) return null;
    const { summary, version } = stored;
    const current = await this.#workflowOf(stored);
    const { workflow, state, snapshotVersion } = await this.#restore(stored, current);
    return { tenant, id, workflow, state, summary, version, durable: version, snapshotVersion, broken: false, recent: true };
  }

  async #workflowOf(stored: StoredRun): Promise<Workflow> {
    const { tenant, namespace, workflow: name, version } = stored.summary;
    try {
      return await this.#flows.workflow(tenant, { namespace, name, version });
    } catch (error) {
      throw error instanceof BatonError && error.retryable ? error : new UnreadableRun(stored, error);
    }
  }

  /** A snapshot that another version of Baton wrote may be unreadable; the history never is. */
  async #restore(stored: StoredRun, current: Workflow): Promise<Restored> {
    const { tenant, id, endedAt } = stored.summary;
    const snapshot = stored.snapshot && this.#readSnapshot(stored, stored.snapshot.state, current);
    const envelopes = stored.snapshot && !snapshot ? await this.#store.readHistory(tenant, id) : stored.tail;
    try {
      // A run that has ended is only looked at: what is hidden may stay so, also when its key is gone.
      const whole = endedAt === null ? envelopes.map((envelope) => this.#cloak.reveal(envelope, id)) : envelopes;
      const events = whole.flatMap(decodeEvents);
      const workflow = await definitionsFor(this.#flows, tenant, current, [...(snapshot?.former ?? []), ...definitionsNamed(events)]);
      return { workflow, state: replay(workflow, snapshot, events), snapshotVersion: snapshot ? (stored.snapshot?.version ?? 0) : 0 };
    } catch (error) {
      throw error instanceof BatonError && error.retryable ? error : new UnreadableRun(stored, error);
    }
  }

  #readSnapshot(stored: StoredRun, text: string, workflow: Workflow): RunState | null {
    try {
      return decodeState(workflow, this.#cloak.revealSnapshot(text, stored.summary.id));
    } catch (error) {
      throw new UnreadableRun(stored, error);
    }
  }
}
