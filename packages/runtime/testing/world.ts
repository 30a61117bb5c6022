// A runtime in a small world: a store in memory that can be troubled, a clock that stands still, an executor that
// follows a script. `restart` ends the process, as far as the runtime can tell, and starts another on the same store.
import { seededRandom, type Json } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import type { RunView } from "@baton/engine";
import type { MessageSender } from "@baton/executors";
import { openMemoryStore, type Store } from "@baton/storage";
import { createRuntime } from "../create-runtime.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { LogRecord, RetentionRule, RunArchive, Runtime } from "../runtime.ts";
import { givenSecrets } from "../secrets/secrets.ts";
import { ManualClock, settle } from "./manual-clock.ts";
import { ScriptedExecutor, type Script } from "./scripted-executor.ts";
import { TroubledStore } from "./troubled-store.ts";

export const tenant = "acme";

/** One for all worlds: those on one store, and the lives of one, give no id twice. */
const random = seededRandom(7);

/** What a world is made of; the source of a flow is its name here. */
export interface WorldOptions {
  readonly flows: { readonly [source: string]: Workflow };
  readonly scripts?: { readonly [name: string]: Script };
  readonly limits?: Partial<RuntimeLimits>;
  readonly store?: Store;
  readonly archive?: RunArchive;
  readonly retention?: readonly RetentionRule[];
  readonly sender?: MessageSender;
  readonly secrets?: { readonly [name: string]: string };
}

/** One world. */
export class World {
  readonly clock = new ManualClock();
  readonly executor: ScriptedExecutor;
  readonly log: LogRecord[] = [];
  readonly troubled: TroubledStore;
  runtime: Runtime;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.executor = new ScriptedExecutor(options.scripts);
    this.troubled = new TroubledStore(options.store ?? openMemoryStore());
    this.runtime = this.#newRuntime();
  }

  /** Starts a run of that flow. */
  async start(name: string, input: Json = null): Promise<string> {
    return (await this.runtime.startRun({ tenant, workflow: { namespace: "test", name }, input })).runId;
  }

  run(runId: string): Promise<RunView> {
    return this.runtime.getRun(tenant, runId);
  }

  /** The run after everything has happened that needs no time. */
  async settled(runId: string): Promise<RunView> {
    await settle();
    return this.run(runId);
  }

  /** As after a kill: what was not stored is forgotten, nothing is closed in order. */
  async restart(): Promise<void> {
    const old = this.runtime;
    this.troubled.set("none");
    this.runtime = this.#newRuntime();
    await old.close();
    await this.open();
  }

  /** Registers the flows and takes up what was under way. */
  async open(): Promise<this> {
    for (const source of Object.keys(this.#options.flows)) await this.runtime.registerFlow(tenant, source);
    await this.runtime.recover();
    return this;
  }

  async close(): Promise<void> {
    this.troubled.set("none");
    await this.runtime.close();
  }

  #newRuntime(): Runtime {
    const { flows, limits, archive = null, retention = [], sender, secrets } = this.#options;
    return createRuntime({
      store: this.troubled.store,
      executors: [this.executor],
      archive,
      retention,
      clock: this.clock,
      random,
      compile: (source) => {
        const workflow = flows[source];
        return workflow
          ? { ok: true, workflow: { ...workflow, name: source.split("@")[0] ?? source }, warnings: [] }
          : { ok: false, diagnostics: [] };
      },
      log: (record) => this.log.push(record),
      ...(limits && { limits }),
      ...(sender && { sender }),
      ...(secrets && { secrets: givenSecrets(secrets) }),
    });
  }
}

/** A world that is open. */
export async function openWorld(options: WorldOptions): Promise<World> {
  return new World(options).open();
}
