// A run told step by step: answers by a task's name, and what each led to in words.
import { assert, defined, type Json } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { projectRun, RunProjector, type Command, type RunView, type StandardErrorKind, type WorkflowError } from "../index.ts";
import { buildWorkflow, type Spec, type Top } from "./build.ts";
import { tellEffect, tellError, tellEvent } from "./tell.ts";
import { World, type WorldOptions } from "./world.ts";

/** One run under way, and what was told of it. */
export class Scenario {
  readonly world: World;
  #projector: RunProjector;
  /** What the latest command led to, in words. */
  told: readonly string[] = [];

  constructor(workflow: Workflow, options: WorldOptions = {}) {
    this.world = new World(workflow, options);
    this.#projector = new RunProjector(workflow);
  }

  get view(): RunView {
    return projectRun(this.world.workflow, this.world.history());
  }

  /** The steps so far: name and status, attempts after the first. */
  get steps(): string[] {
    return this.view.steps.map(({ name, status, attempt }) => `${name} ${status}${attempt > 1 ? ` (${attempt})` : ""}`);
  }

  /** The error of the run, in words. */
  get error(): string {
    return tellError(this.view.error ?? undefined);
  }

  send(command: Command): this {
    const events = this.world.send(command);
    if (command.type === "ForkRun") this.#projector = new RunProjector(this.world.workflow);
    this.#projector.apply(command.type === "ForkRun" ? this.world.history() : events, this.world.workflow);
    const name = (step: number): string => defined(this.#projector.view().steps[step - 1], `step ${step}`).name;
    this.told = [...events.map((event) => tellEvent(event, name)), ...this.world.effects.map((effect) => tellEffect(effect, name))];
    return this;
  }

  start(input: Json): this {
    const { namespace, name, version } = this.world.workflow;
    return this.send({ type: "StartRun", runId: "run_1", tenant: "default", workflow: { namespace, name, version }, input });
  }

  /** Completes the work of the task with that name. */
  complete(task: string, output: Json = null): this {
    return this.send({ type: "CompleteWork", step: this.stepOf(task), output });
  }

  /** Fails the work of the task with that name. */
  fail(task: string, status = 500, kind: StandardErrorKind = "communication"): this {
    return this.send({ type: "FailWork", step: this.stepOf(task), fault: { kind, status, title: "Failed" } });
  }

  /** Faults the sub-run that the task awaits. */
  faultRun(task: string, error: WorkflowError): this {
    return this.send({ type: "FailWork", step: this.stepOf(task), fault: error });
  }

  /** Moves the clock to the earliest timer and fires it. */
  fire(): this {
    const { timer, at } = defined(this.world.timers()[0], "a timer");
    this.world.now = Math.max(this.world.now, at);
    return this.send({ type: "FireTimer", timer });
  }

  cancel(): this {
    return this.send({ type: "CancelRun" });
  }

  suspend(): this {
    return this.send({ type: "SuspendRun" });
  }

  resume(): this {
    return this.send({ type: "ResumeRun" });
  }

  /** The step under way whose task has that name. */
  stepOf(task: string): number {
    const index = this.view.steps.findLastIndex(({ name, endedAt }) => name === task && endedAt === null);
    assert(index >= 0, `Expected the task "${task}" to be under way, but it is not.`);
    return index + 1;
  }
}

/** A run of these tasks, started. */
export function scenario(tasks: readonly Spec[], input: Json = {}, top: Top = {}, options: WorldOptions = {}): Scenario {
  return new Scenario(buildWorkflow(tasks, top), options).start(input);
}
