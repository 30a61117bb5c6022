// Runs that are stopped because deciding them hit a defect. The incident is stored with the run's summary, so that
// people see it; a restart tries once more, so a version without the defect takes the run up by itself.
import type { BatonError } from "@baton/core";
import type { RunSummary, Store } from "@baton/storage";
import { runtimeError } from "./errors.ts";
import type { LogRecord } from "./runtime.ts";
import type { Cloak } from "./secrets/cloak.ts";

/** The runs that this process has stopped. */
export class Incidents {
  readonly #store: Store;
  readonly #cloak: Cloak;
  readonly #log: (record: LogRecord) => void;
  readonly #texts = new Map<string, string>();

  constructor(store: Store, cloak: Cloak, log: (record: LogRecord) => void) {
    this.#store = store;
    this.#cloak = cloak;
    this.#log = log;
  }

  get count(): number {
    return this.#texts.size;
  }

  /** The error that every command of that run is answered with; undefined: nothing is wrong with it. */
  errorOf(runId: string): BatonError | undefined {
    const text = this.#texts.get(runId);
    return text === undefined ? undefined : runtimeError("run-incident", { message: `The run is stopped: ${text}`, where: runId });
  }

  /** Stops a run. */
  open(tenant: string, runId: string, error: unknown): void {
    this.#texts.set(runId, this.#cloak.hideText(tenant, textOf(error)));
    this.#log({ level: "error", message: "A run hit a defect and is stopped.", runId, error });
  }

  /** Stores the incident with the run; if that fails, the next start of the server finds it again. */
  async record(summary: RunSummary, version: number): Promise<void> {
    const { tenant, id: runId } = summary;
    const incident = this.#texts.get(runId) ?? null;
    try {
      await this.#store.commit([{ tenant, runId, expectedVersion: version, envelopes: [], summary: { ...summary, incident } }]);
    } catch (error) {
      this.#log({ level: "warning", message: "An incident could not be stored.", runId, error });
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
