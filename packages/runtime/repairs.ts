// Repairs: runs that go on after they have faulted, that begin where another one stood, that go on with another version of
// their flow. The history is read again, whole, and a decision made on it.
//
// A run that another one awaited is retried with it: alone, nobody would hear of its end. When a step that awaited a
// run is to go on, that run goes on too; where it cannot (it was cancelled, say) the step starts a new one.
import { newId, type Random } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import {
  awaitingAgain,
  awaitsRun,
  definitionOf,
  findForkPoint,
  firstOf,
  isFinal,
  migrationProblems,
  moveStanding,
  projectRun,
  rewindFault,
  rewindTo,
  withFormer,
  type Before,
  type Command,
  type Failure,
  type StepId,
} from "@baton/engine";
import type { Store } from "@baton/storage";
import type { History } from "./decision.ts";
import type { Driver, Outcome } from "./driver.ts";
import { runtimeError } from "./errors.ts";
import type { Flows } from "./flows.ts";
import { maxDecisions } from "./limits.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { RunLoader, WholeRun } from "./run-loader.ts";
import type { Clock, ForkRequest, Migration, MigrationRequest } from "./runtime.ts";

/** What repairs need of the runtime. */
export interface RepairParts {
  readonly store: Store;
  readonly loader: RunLoader;
  readonly driver: Driver;
  readonly flows: Flows;
  readonly clock: Clock;
  readonly random: Random;
}

/** Repairs runs. */
export class Repairs {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** Lets a run that faulted go on from where it failed; rejects with command-refused where it cannot. */
  async retry(tenant: string, runId: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      const whole = await this.#ended(tenant, runId);
      await this.#refuseUnawaited(whole.run);
      const outcome = await this.#decide(whole.run, await this.#retryOf(whole));
      if (outcome.kind === "done") return;
      if (outcome.kind === "rejected") throw refused(runId, `The run is ${statusOf(outcome.run)}: ${outcome.reason}`);
      if (outcome.kind === "failed" && (outcome.error.code !== "run-contended" || tries === maxDecisions)) throw outcome.error;
    }
  }

  /** Begins a run with the history of another one before a step; gives its id. */
  async fork(tenant: string, runId: string, request: ForkRequest): Promise<string> {
    const { driver, loader, clock, random } = this.#parts;
    const whole = await loader.loadWhole(tenant, runId);
    if (whole === null) throw runtimeError("run-unknown", { where: runId });
    const step = stepOf(whole, request.from);
    const before = rewindTo(whole.run.workflow, whole.events, step, request.input);
    if (before === null) throw runtimeError("step-unknown", { where: runId });
    const then = definitionOf(whole.run.workflow, before.state.workflow);
    const to = request.flow === undefined ? whole.run.workflow : await this.#parts.flows.workflow(tenant, request.flow);
    const moved = moveStanding(then, before.standing, to);
    if (!moved.ok) throw refused(runId, `The run has no place in ${nameOf(to)}: ${moved.problems.join("; ")}.`, keepSteps);
    const id = newId("run", clock.now(), random);
    const command: Command = { type: "ForkRun", runId: id, from: { runId, step }, standing: moved.standing };
    const workflow = withFormer(to, [then, whole.run.workflow, ...(whole.run.workflow.former ?? [])]);
    const history = await this.#historyOf(whole, before);
    const outcome = await new Promise<Outcome>((settled) =>
      driver.start({ tenant, runId: id, workflow, command, before: history, settled }),
    );
    return forked(id, outcome);
  }

  /** Lets a run go on with another version of its flow, or only says whether it could. */
  async migrate(tenant: string, runId: string, { version, check }: MigrationRequest): Promise<Migration> {
    const { driver, flows } = this.#parts;
    const run = await driver.find(tenant, runId);
    if (run === null) throw runtimeError("run-unknown", { where: runId });
    if (isFinal(run.state)) throw refused(runId, `The run is ${statusOf(run)}; only a run that goes on has use for another version.`);
    const { namespace, name, version: from } = run.state.workflow;
    const to = await flows.workflow(tenant, { namespace, name, version });
    const problems = to.version === from ? [] : migrationProblems(run.workflow, run.state, to);
    const answer = { runId, from, to: to.version, problems };
    if (check || to.version === from) return { ...answer, migrated: to.version === from };
    await this.#migrate(run, to);
    return { ...answer, problems: [], migrated: true };
  }

  async #migrate({ tenant, id: runId }: LoadedRun, to: Workflow): Promise<void> {
    const command: Command = { type: "MigrateRun", to };
    const outcome = await new Promise<Outcome>((settled) => this.#parts.driver.send({ tenant, runId, command, settled }));
    if (outcome.kind === "failed") throw outcome.error;
    if (outcome.kind === "rejected") throw refused(runId, `The run cannot go on with ${nameOf(to)}: ${outcome.reason}.`, keepSteps);
  }

  async #ended(tenant: string, runId: string): Promise<WholeRun> {
    const { driver, loader } = this.#parts;
    const live = await driver.find(tenant, runId);
    if (live === null) throw runtimeError("run-unknown", { where: runId });
    const whole = isFinal(live.state) ? await loader.loadWhole(tenant, runId) : null;
    return whole ?? { run: live, events: [], envelopes: [] };
  }

  async #refuseUnawaited({ tenant, id, state: { parent } }: LoadedRun): Promise<void> {
    if (parent === null) return;
    const above = await this.#parts.driver.find(tenant, parent.runId);
    if (above !== null && awaitsRun(above.state, parent.step, id)) return;
    throw refused(id, `The run was started by ${parent.runId}, which no longer awaits it: retry that one, and this one goes on with it.`);
  }

  async #retryOf({ run, events }: WholeRun): Promise<Command> {
    const failure = rewindFault(run.workflow, events);
    const goOn = await this.#goingOn(run.tenant, failure);
    return { type: "RetryRun", standing: awaitingAgain(failure, goOn, this.#parts.clock.now()) };
  }

  /** Those of the awaited runs that can be retried themselves. */
  async #goingOn(tenant: string, { awaited }: Failure): Promise<ReadonlySet<string>> {
    const goOn = new Set<string>();
    for (const id of awaited) {
      const whole = await this.#parts.loader.loadWhole(tenant, id);
      if (whole !== null && rewindFault(whole.run.workflow, whole.events).frames.size > 0) goOn.add(id);
    }
    return goOn;
  }

  #decide(run: LoadedRun, command: Command): Promise<Outcome> {
    return new Promise((settled) => this.#parts.driver.decideEnded(run, { tenant: run.tenant, runId: run.id, command, settled }));
  }

  async #historyOf({ run, envelopes }: WholeRun, { state, events }: Before): Promise<History> {
    const attributes = await this.#parts.store.readAttributes(run.tenant, run.id);
    return { state, envelopes: firstOf(envelopes, events), attributes };
  }
}

/** A step by its name, its address or its number. */
function stepOf({ run, events }: WholeRun, from: string): StepId {
  const found = findForkPoint(projectRun(run.workflow, events).steps, from);
  if (!found.ok) throw runtimeError("step-unknown", { message: found.error, where: run.id });
  return found.value;
}

function forked(id: string, outcome: Outcome): string {
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "rejected") throw refused(id, outcome.reason);
  return id;
}

function statusOf(run: LoadedRun | null): string {
  return run?.summary.status ?? "unknown";
}

function nameOf({ namespace, name, version }: Workflow): string {
  return `${namespace}/${name}@${version}`;
}

const keepSteps = "Keep the steps that the run is at in the new version, under their names; `baton flow diff` shows what runs would lose.";

function refused(runId: string, message: string, next?: string): Error {
  return runtimeError("command-refused", { message, where: runId, ...(next !== undefined && { next }) });
}
