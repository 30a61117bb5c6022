// Who watches or awaits a run. A watcher gets the run as it is, then as it becomes, from what is durable alone; the
// changes of one turn of the event loop are told together.
import { decodeEvents, definitionsNamed, isFinal, RunProjector, type Definitions, type WorkflowEvent } from "@baton/engine";
import type { Store } from "@baton/storage";
import type { Pending } from "./committer.ts";
import { definitionsFor } from "./definitions.ts";
import type { Flows } from "./flows.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { RunUpdate } from "./runtime.ts";

type Listener = (update: RunUpdate) => void;

interface Change {
  readonly version: number;
  /** Of the run by then. */
  readonly workflow: Definitions;
  readonly events: readonly WorkflowEvent[];
}

/** One run that is watched: its view is kept up to date while anybody looks. */
class Watch {
  readonly listeners = new Set<Listener>();
  #projector: RunProjector;
  #version = 0;
  #scheduled = false;
  /** Changes that came while the history was being read. */
  #early: Change[] | null = [];

  constructor(run: LoadedRun) {
    this.#projector = new RunProjector(run.workflow);
  }

  begin(envelopes: readonly string[], events: readonly WorkflowEvent[], workflow: Definitions): void {
    this.#projector = new RunProjector(workflow);
    this.#projector.apply(events);
    this.#version = envelopes.length;
    const early = this.#early ?? [];
    this.#early = null;
    for (const change of early) this.#apply(change);
  }

  changed(change: Change): void {
    if (this.#early) this.#early.push(change);
    else if (this.#apply(change)) this.#schedule();
  }

  now(): RunUpdate {
    const run = this.#projector.view();
    return { version: this.#version, run, final: isFinalStatus(run.status) };
  }

  #apply({ version, events, workflow }: Change): boolean {
    if (version !== this.#version + 1) return false;
    this.#projector.apply(events, workflow);
    this.#version = version;
    return true;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const update = this.now();
      for (const listener of this.listeners) listener(update);
    });
  }
}

/** All watchers. */
export class Watches {
  readonly #store: Store;
  readonly #flows: Flows;
  readonly #watched = new Map<string, { readonly watch: Watch; readonly ready: Promise<void> }>();
  readonly #endings = new Map<string, Set<() => void>>();

  constructor(store: Store, flows: Flows) {
    this.#store = store;
    this.#flows = flows;
  }

  /** A decision is durable. */
  changed({ run, version, decided: { events } }: Pending): void {
    if (events.length === 0) return;
    this.#watched.get(run.id)?.watch.changed({ version, events, workflow: run.workflow });
    if (isFinal(run.state) && version === run.version) for (const tell of this.#endings.get(run.id) ?? []) tell();
  }

  /** Calls the listener now and after each change; the answer stops it. */
  async watch(run: LoadedRun, listener: Listener): Promise<() => void> {
    const watched = this.#watched.get(run.id) ?? this.#open(run);
    const { watch, ready } = watched;
    let stopped = false;
    const tell = (update: RunUpdate): void => {
      if (!stopped) listener(update);
    };
    const stop = (): void => {
      stopped = true;
      watch.listeners.delete(tell);
      if (watch.listeners.size === 0 && this.#watched.get(run.id) === watched) this.#watched.delete(run.id);
    };
    try {
      await ready;
      tell(watch.now());
      watch.listeners.add(tell);
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  /** Calls back once when the run ends; the answer takes the call back. */
  onEnd(runId: string, callback: () => void): () => void {
    const callbacks = this.#endings.get(runId) ?? new Set();
    this.#endings.set(runId, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#endings.get(runId) === callbacks) this.#endings.delete(runId);
    };
  }

  /** Ends every wait: nothing will change any more. */
  close(): void {
    for (const callbacks of this.#endings.values()) for (const tell of callbacks) tell();
  }

  async #begin(watch: Watch, { tenant, id, workflow }: LoadedRun): Promise<void> {
    const envelopes = await this.#store.readHistory(tenant, id);
    const events = envelopes.flatMap(decodeEvents);
    watch.begin(envelopes, events, await definitionsFor(this.#flows, tenant, workflow, definitionsNamed(events)));
  }

  #open(run: LoadedRun): { readonly watch: Watch; readonly ready: Promise<void> } {
    const watch = new Watch(run);
    const ready = this.#begin(watch, run);
    const watched = { watch, ready };
    this.#watched.set(run.id, watched);
    return watched;
  }
}

function isFinalStatus(status: RunUpdate["run"]["status"]): boolean {
  return status === "completed" || status === "faulted" || status === "cancelled";
}
