// Repairs of runs that have ended: what is known of how they went is read again, whole, and a decision made on it.
//
// A run that another one awaited is retried with it: alone, nobody would hear of its end. When a step that awaited a
// run is to go on, that run goes on too; where it did not fault itself (it was cancelled, say) the step starts a new one.
import type { Instant } from "@baton/core";
import { awaitingAgain, awaitsRun, rewindFault, type Command, type Failure } from "@baton/engine";
import type { Driver, Outcome } from "./driver.ts";
import { runtimeError } from "./errors.ts";
import { maxDecisions } from "./limits.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { EndedRun, RunLoader } from "./run-loader.ts";
import type { Clock } from "./runtime.ts";

/** What repairs need of the runtime. */
export interface RepairParts {
  readonly loader: RunLoader;
  readonly driver: Driver;
  readonly clock: Clock;
}

/** Lets runs go on that have ended. */
export class Repairs {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** Lets a run that faulted go on from where it failed; rejects with command-refused where it cannot. */
  async retry(tenant: string, runId: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const ended = await this.#endedRun(tenant, runId);
      await this.#refuseUnawaited(ended.run);
      const outcome = await this.#decide(ended.run, await this.#retryOf(ended));
      if (outcome.kind === "done") return;
      if (outcome.kind === "rejected") throw refused(runId, `The run is ${outcome.run?.summary.status ?? "unknown"}: ${outcome.reason}`);
      if (outcome.kind === "failed" && (outcome.error.code !== "run-contended" || tries === maxDecisions)) throw outcome.error;
    }
  }

  async #endedRun(tenant: string, runId: string): Promise<EndedRun> {
    const { driver, loader } = this.#parts;
    const live = await driver.find(tenant, runId);
    if (live === null) throw runtimeError("run-unknown", { where: runId });
    const ended = live.state.endedAt === null ? null : await loader.loadEnded(tenant, runId);
    return ended ?? { run: live, events: [] };
  }

  async #refuseUnawaited({ tenant, id, state: { parent } }: LoadedRun): Promise<void> {
    if (parent === null) return;
    const above = await this.#parts.driver.find(tenant, parent.runId);
    if (above !== null && awaitsRun(above.state, parent.step, id)) return;
    throw refused(id, `The run was started by ${parent.runId}, which no longer awaits it: retry that one, and this one goes on with it.`);
  }

  async #retryOf({ run, events }: EndedRun): Promise<Command> {
    const failure = rewindFault(run.workflow, events);
    const goOn = await this.#goingOn(run.tenant, failure);
    const now: Instant = this.#parts.clock.now();
    return { type: "RetryRun", standing: awaitingAgain(failure, goOn, now) };
  }

  /** Those of the awaited runs that can be retried themselves. */
  async #goingOn(tenant: string, { awaited }: Failure): Promise<ReadonlySet<string>> {
    const goOn = new Set<string>();
    for (const id of awaited) {
      const ended = await this.#parts.loader.loadEnded(tenant, id);
      if (ended !== null && rewindFault(ended.run.workflow, ended.events).frames.size > 0) goOn.add(id);
    }
    return goOn;
  }

  #decide(run: LoadedRun, command: Command): Promise<Outcome> {
    return new Promise((settled) => this.#parts.driver.decideEnded(run, { tenant: run.tenant, runId: run.id, command, settled }));
  }
}

function refused(runId: string, message: string): Error {
  return runtimeError("command-refused", { message, where: runId });
}
