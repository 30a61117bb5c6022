// Runs that runs start. A child is started after its parent's decision is durable, under an id that the decision
// names; when it ends, the parent is told. Both survive a stop at any point: the parent's step stays open until it is
// answered, so a restart asks for the child again, finds it, and tells the parent if it has ended meanwhile.
import { BatonError } from "@baton/core";
import { awaitsRun, isFinal, type Command, type Effect, type StepId } from "@baton/engine";
import type { Answers } from "./answers.ts";
import type { Driver, Outcome } from "./driver.ts";
import type { Flows } from "./flows.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { Repairs } from "./repairs.ts";

/** The effect that asks for a run. */
export type StartRun = Extract<Effect, { type: "startRun" }>;

/** Starts, cancels and hears of sub-runs. */
export class SubRuns {
  readonly #driver: Driver;
  readonly #flows: Flows;
  readonly #answers: Answers;
  readonly #repairs: Repairs;

  constructor(driver: Driver, flows: Flows, answers: Answers, repairs: Repairs) {
    this.#driver = driver;
    this.#flows = flows;
    this.#answers = answers;
    this.#repairs = repairs;
  }

  /** Starts the child, or finds it where it is there already. */
  start(parent: LoadedRun, effect: StartRun, tries = 1): void {
    const { tenant, id } = parent;
    this.#tryStart(tenant, id, effect).catch((error: unknown) => {
      if (error instanceof BatonError && error.retryable) this.#answers.again(tries, () => this.start(parent, effect, tries + 1));
      else this.#refuse(tenant, id, effect.step, textOf(error));
    });
  }

  /** Nobody waits for the child any more. */
  cancel(tenant: string, runId: string, atOnce = false): void {
    if (atOnce) return this.#answers.deliver(tenant, runId, { type: "TerminateRun" });
    this.#answers.deliver(tenant, runId, { type: "CancelRun", reason: "The step that awaited this run was stopped." });
  }

  /** Tells the parent, if there is one, how its child ended. */
  ended({ tenant, state }: LoadedRun): void {
    if (state.parent) this.#answers.deliver(tenant, state.parent.runId, answerOf(state, state.parent.step));
  }

  /** After a restart: the parent may have stopped waiting without the child having heard of it. */
  async cancelOrphan({ tenant, id, state }: LoadedRun): Promise<void> {
    if (!state.parent) return;
    const parent = await this.#driver.find(tenant, state.parent.runId);
    if (!parent || !awaitsRun(parent.state, state.parent.step, id)) this.cancel(tenant, id);
  }

  async #tryStart(tenant: string, parentId: string, effect: StartRun): Promise<void> {
    const child = await this.#driver.find(tenant, effect.runId);
    if (child && isToGoOn(child, effect)) return this.#repairs.retry(tenant, child.id);
    if (child) return this.#found(tenant, parentId, effect, child);
    const workflow = await this.#flows.workflow(tenant, effect.workflow);
    const parent = await this.#driver.find(tenant, parentId);
    // The step may have been stopped in the meantime: its cancel found no child then.
    if (!parent || !awaitsRun(parent.state, effect.step, effect.runId)) return;
    const { runId, input, depth, awaited } = effect;
    const { namespace, name, version } = workflow;
    const above = awaited ? { parent: { runId: parentId, step: effect.step } } : {};
    const command: Command = { type: "StartRun", runId, tenant, workflow: { namespace, name, version }, input, depth, ...above };
    const outcome = await new Promise<Outcome>((settled) => this.#driver.start({ tenant, runId, workflow, command, settled }));
    await this.#settled(tenant, parentId, effect, outcome);
  }

  async #settled(tenant: string, parentId: string, effect: StartRun, outcome: Outcome): Promise<void> {
    if (outcome.kind === "failed") throw outcome.error;
    if (outcome.kind === "rejected") return this.#refuse(tenant, parentId, effect.step, outcome.reason);
    const child = await this.#driver.find(tenant, effect.runId);
    if (child) this.#found(tenant, parentId, effect, child);
  }

  /** A step that does not await the run is done as soon as the run is there; one that does hears from it when it ends. */
  #found(tenant: string, parentId: string, { step, awaited }: StartRun, child: LoadedRun): void {
    if (!awaited) this.#answers.deliver(tenant, parentId, { type: "CompleteWork", step, output: null });
    else if (isFinal(child.state)) this.ended(child);
  }

  #refuse(tenant: string, parentId: string, step: StepId, detail: string): void {
    const fault = { kind: "configuration", status: 400, title: "The sub-flow could not be started", detail } as const;
    this.#answers.deliver(tenant, parentId, { type: "FailWork", step, fault });
  }
}

/** True for a run that had faulted when its parent was retried. */
function isToGoOn({ state: { phase, endedAt } }: LoadedRun, { retrySince }: StartRun): boolean {
  return retrySince !== undefined && phase === "faulted" && endedAt !== null && endedAt <= retrySince;
}

/** What happened, and to what. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof BatonError && error.where !== undefined ? `${error.message} (${error.where})` : error.message;
}

function answerOf(state: LoadedRun["state"], step: StepId): Command {
  if (state.phase === "completed") return { type: "CompleteWork", step, output: state.output };
  const cancelled = { kind: "runtime", status: 500, title: "The sub-flow was cancelled" } as const;
  return { type: "FailWork", step, fault: state.error ?? cancelled };
}
