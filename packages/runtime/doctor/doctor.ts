// The detector of stuck runs: every run that has not ended must have a deadline or something that wakes it. It reads what
// is stored, run by run, and compares; in a server it looks twice before it says that something is wrong, for a run that
// moves meanwhile is not stuck.
//
// Waking a run asks again for all that it waits for, under the same names: harmless where nothing was lost.
import { BatonError, type Instant } from "@baton/core";
import { waitsOf } from "@baton/engine";
import type { RunFilter, RunSummary, Store } from "@baton/storage";
import type { Driver, Outcome } from "../driver.ts";
import { runtimeError } from "../errors.ts";
import { secondLookMs } from "../limits.ts";
import type { RunSlots } from "../locks/run-slots.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { UnreadableRun, type RunLoader } from "../run-loader.ts";
import type { Clock } from "../clock.ts";
import type { SubRuns } from "../sub-runs.ts";
import type { WorkQueue } from "../work-queue.ts";
import type { Diagnosis, DoctorDesk } from "./diagnosis.ts";
import { examine } from "./examine.ts";
import { finding } from "./findings.ts";

/** What the doctor needs of the runtime. */
export interface DoctorParts {
  readonly store: Store;
  readonly loader: RunLoader;
  readonly driver: Driver;
  readonly subRuns: SubRuns;
  readonly work: WorkQueue;
  readonly slots: RunSlots;
  readonly clock: Clock;
}

interface Look extends Diagnosis {
  /** Decisions that are stored. */
  readonly version: number;
}

/** Examines runs, and wakes them. */
export class Doctor implements DoctorDesk {
  readonly #parts: DoctorParts;
  #drives = false;

  constructor(parts: DoctorParts) {
    this.#parts = parts;
  }

  /** From now on runs are driven here: what has nobody to perform it is lost. */
  drives(): void {
    this.#drives = true;
  }

  async examineRuns(tenant: string, after: string | undefined, limit: number): Promise<readonly Diagnosis[]> {
    const order = { field: "id", descending: false } as const;
    const runs = await this.#parts.store.listRuns({ tenant, filter: notEnded(), order, limit, ...(after !== undefined && { after }) });
    const looks = await this.#look(runs);
    const suspects = looks.filter(({ findings }) => findings.length > 0);
    if (suspects.length === 0 || !this.#drives) return looks;
    const seconds = await this.#lookAgain(suspects);
    return looks.map((look) => seconds.get(look.run.id) ?? look);
  }

  async examineRun(tenant: string, runId: string): Promise<Diagnosis | null> {
    const stored = await this.#parts.store.readRun(tenant, runId);
    if (stored === null) return null;
    const [look] = await this.#look([stored.summary]);
    if (look === undefined || look.findings.length === 0 || !this.#drives) return look ?? null;
    return (await this.#lookAgain([look])).get(runId) ?? look;
  }

  async wake(tenant: string, runId: string): Promise<void> {
    const { driver, subRuns } = this.#parts;
    const run = await driver.find(tenant, runId);
    if (run === null) throw runtimeError("run-unknown", { where: runId });
    const outcome = await new Promise<Outcome>((settled) => driver.wake(run, this.#drives, settled));
    if (outcome.kind === "failed") throw outcome.error;
    if (this.#drives) await subRuns.cancelOrphan(run);
  }

  /** A run that has been decided on since the first look moves, and is not stuck. */
  async #lookAgain(suspects: readonly Look[]): Promise<ReadonlyMap<string, Look>> {
    await new Promise<void>((resolve) => this.#parts.clock.after(secondLookMs, resolve));
    const seconds = await this.#look(suspects.map(({ run }) => run));
    const before = new Map(suspects.map((look) => [look.run.id, look]));
    return new Map(
      seconds.map((look) => [look.run.id, before.get(look.run.id)?.version === look.version ? look : { ...look, findings: [] }]),
    );
  }

  async #look(runs: readonly RunSummary[]): Promise<readonly Look[]> {
    const looks: Look[] = [];
    for (const run of runs) looks.push(await this.#lookAt(run));
    return looks;
  }

  async #lookAt(summary: RunSummary): Promise<Look> {
    const { tenant, id } = summary;
    try {
      const run = await this.#parts.loader.load(tenant, id);
      if (run === null) return { run: summary, waits: [], findings: [], version: 0 };
      const findings = await examine(run, await this.#around(run));
      return { run: run.summary, waits: waitsOf(run.state), findings, version: run.version };
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error;
      return { run: summary, waits: [], findings: [finding("unreadable", `It cannot be read: ${error.message}`)], version: 0 };
    }
  }

  async #around({ tenant, id }: LoadedRun): Promise<Parameters<typeof examine>[1]> {
    const { store, clock, work, slots } = this.#parts;
    const now: Instant = clock.now();
    const driving = { works: (runId: string, step: number) => work.has(runId, step), claims: (run: LoadedRun) => slots.has(run) };
    return {
      now,
      timers: await store.readTimers(tenant, id),
      subscriptions: await store.readSubscriptions(tenant, id),
      hasEvents: (await store.givenEvents(tenant, id, 1)).length > 0,
      run: (runId) => this.#read(tenant, runId),
      ...(this.#drives && { driving }),
    };
  }

  /** A run that cannot be read has a finding of its own. */
  async #read(tenant: string, runId: string): Promise<LoadedRun | null> {
    try {
      return await this.#parts.loader.load(tenant, runId);
    } catch (error) {
      if (error instanceof UnreadableRun || error instanceof BatonError) return null;
      throw error;
    }
  }
}

function notEnded(): RunFilter {
  return { kind: "not", part: { kind: "has", of: "column", column: "endedAt" } };
}
