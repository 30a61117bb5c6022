// What people see of a run, from its events: the whole at once, or batch by batch as they arrive. A step is listed in
// the order in which it started and never moves; what ends above a step that is under way cancels that step.
import { defined, formatInstant, type Json } from "@baton/core";
import type { StepId } from "./commands.ts";
import type { EventOf, WorkflowEvent } from "./events.ts";
import { incidentOf } from "./compensation.ts";
import { awaitsSlot, slotLock } from "./concurrency.ts";
import type { Definitions } from "./definitions.ts";
import { apply, type Draft } from "./evolve.ts";
import { nextFrame } from "./frame.ts";
import { errorBelow, framesBelow, isApproval, isFinal, ownOutput, rootId, type Frame, type Progress, type Slot } from "./state.ts";
import { approvalReason, statusOf } from "./status.ts";
import type { RunView, SlotView, Status, StepView } from "./view.ts";

/** A run's view from all of its events. */
export function projectRun(workflow: Definitions, events: readonly WorkflowEvent[]): RunView {
  const projector = new RunProjector(workflow);
  projector.apply(events);
  return projector.view();
}

/** Follows one run, event by event. */
export class RunProjector {
  #workflow: Definitions;
  readonly #steps: StepView[] = [];
  #draft: Draft | null = null;
  #compensates = false;
  /** The run ended before all was undone. */
  #abandons = false;

  constructor(workflow: Definitions) {
    this.#workflow = workflow;
  }

  /** Takes the next events; gives the indexes of the steps in the view that they changed or added. `workflow`: it may be another by now. */
  apply(events: readonly WorkflowEvent[], workflow?: Definitions): number[] {
    if (workflow !== undefined) this.#workflow = workflow;
    const changed = new Set<StepId>();
    for (const event of events) this.#follow(event, changed);
    return [...changed].map((step) => step - 1).sort((a, b) => a - b);
  }

  /** The run as it is after the events so far, of which there must be one. */
  view(): RunView {
    const state = defined(this.#draft, "an event of the run");
    const incident = incidentOf(state);
    return {
      id: state.id,
      workflow: state.workflow,
      status: statusOf(state),
      input: state.raw,
      output: state.output,
      error: state.error,
      startedAt: formatInstant(state.startedAt),
      endedAt: state.endedAt === null ? null : formatInstant(state.endedAt),
      steps: [...this.#steps],
      ...(state.former.length > 0 && { former: state.former }),
      ...(state.forkedFrom !== null && { forkedFrom: state.forkedFrom }),
      ...(state.slot !== null && { concurrency: slotViewOf(state, state.slot) }),
      ...(this.#compensates && { compensated: this.#isCompensated(state) }),
      ...(incident !== null && { incident }),
    };
  }

  #isCompensated({ frames, failedCompensations }: Draft): boolean {
    if (this.#abandons || failedCompensations.length > 0) return false;
    return [...frames.values()].every(({ progress }) => progress.kind !== "compensating");
  }

  #follow(event: WorkflowEvent, changed: Set<StepId>): void {
    for (const [step, view] of this.#changes(event)) {
      this.#steps[step - 1] = view;
      changed.add(step);
    }
    this.#draft = apply(this.#workflow, this.#draft, event);
    if (event.type === "RunMigrated" || event.type === "RunForked") this.#move(this.#draft, changed);
    if (event.type === "RunRetried" || event.type === "RunForked") this.#revive(this.#draft, event, changed);
  }

  /** What is under way lies elsewhere in the new definition. */
  #move({ frames }: Draft, changed: Set<StepId>): void {
    for (const { id, task } of frames.values()) {
      if (id === rootId) continue;
      this.#steps[id - 1] = { ...this.#viewOf(id), reference: task.reference };
      changed.add(id);
    }
  }

  /** What had ended with the run is under way again; what a fork left behind is not. */
  #revive({ frames }: Draft, { at }: WorkflowEvent, changed: Set<StepId>): void {
    for (const [i, view] of this.#steps.entries()) {
      if (view.endedAt !== null || frames.has(i + 1)) continue;
      this.#steps[i] = ended(view, "cancelled", at, null);
      changed.add(i + 1);
    }
    for (const frame of frames.values()) {
      if (frame.id === rootId) continue;
      this.#steps[frame.id - 1] = revivedView(this.#viewOf(frame.id), frame.progress);
      changed.add(frame.id);
    }
  }

  /** The steps that an event changes; asked before it is applied, while the frames are still there. */
  #changes(event: WorkflowEvent): (readonly [StepId, StepView])[] {
    switch (event.type) {
      case "StepStarted":
        return [[event.step, this.#started(event)]];
      case "StepSkipped":
        return [[event.step, skippedView(this.#frameOfNew(event), event)]];
      case "StepCompleted":
        return [this.#completed(event), ...this.#cancelled(event, event.step)];
      case "StepFaulted":
        return [this.#faulted(event), ...this.#cancelled(event, event.step)];
      case "ListenStarted":
      case "ItemCompleted":
        return [this.#listening(event.step)];
      case "IterationStarted":
        return this.#viewOf(event.step).waiting === undefined ? [] : [this.#running(event.step)];
      case "WaitStarted":
      case "RetryScheduled":
        return [this.#waiting(event)];
      case "AttemptStarted":
      case "ErrorCaught":
        return [this.#running(event.step)];
      case "AttemptTimedOut":
        return this.#cancelled(event, event.step);
      case "CompensationStarted":
        this.#compensates = true;
        return this.#cancelled(event, event.step);
      case "RunCompleted":
      case "RunFaulted":
      case "RunCancelled":
        this.#abandons = this.#compensates && this.#leaves();
        return this.#cancelled(event, rootId);
      default:
        return [];
    }
  }

  /** Whether the run ends in the middle of being undone. */
  #leaves(): boolean {
    const isUndoing = ({ progress }: Frame): boolean => progress.kind === "compensating" && progress.cursor.at !== "over";
    return [...(this.#draft?.frames.values() ?? [])].some(isUndoing);
  }

  #frame(step: StepId): Frame {
    return defined(this.#draft?.frames.get(step), `step ${step} of the run`);
  }

  #frameOfNew({ step, parent, index, at, ...own }: EventOf<"StepStarted"> | EventOf<"StepSkipped">): Frame {
    return nextFrame(this.#frame(parent), step, index, { at, ...own });
  }

  #started(event: EventOf<"StepStarted">): StepView {
    const { progress } = this.#frame(event.parent);
    const view = startedView(this.#frameOfNew(event), event);
    return progress.kind === "compensating" ? { ...view, compensates: progress.current.step } : view;
  }

  #viewOf(step: StepId): StepView {
    return defined(this.#steps[step - 1], `step ${step} of the view`);
  }

  #completed({ step, output, at }: EventOf<"StepCompleted">): readonly [StepId, StepView] {
    return [step, ended(this.#viewOf(step), "completed", at, output === undefined ? ownOutput(this.#frame(step)) : output)];
  }

  #faulted({ step, error, at }: EventOf<"StepFaulted">): readonly [StepId, StepView] {
    return [step, { ...ended(this.#viewOf(step), "faulted", at, null), error: error ?? errorBelow(this.#frame(step)) }];
  }

  #waiting({ step, until, type }: EventOf<"WaitStarted"> | EventOf<"RetryScheduled">): readonly [StepId, StepView] {
    const reason = type === "WaitStarted" ? "waiting.timer" : "waiting.retry";
    return [step, { ...this.#viewOf(step), status: "waiting", waiting: { reason, until: formatInstant(until) } }];
  }

  #listening(step: StepId): readonly [StepId, StepView] {
    return [
      step,
      {
        ...this.#viewOf(step),
        status: "waiting",
        waiting: { reason: isApproval(this.#frame(step).task) ? approvalReason : "waiting.event" },
      },
    ];
  }

  #running(step: StepId): readonly [StepId, StepView] {
    const { waiting: _over, ...view } = this.#viewOf(step);
    return [step, { ...view, status: "running" }];
  }

  #cancelled({ at }: WorkflowEvent, below: StepId): (readonly [StepId, StepView])[] {
    const state = defined(this.#draft, "an event of the run");
    return framesBelow(state, below).map(({ id }) => [id, ended(this.#viewOf(id), "cancelled", at, null)] as const);
  }
}

function startedView(frame: Frame, { at }: WorkflowEvent): StepView {
  const { task, attempt, input } = frame;
  const { name, reference, kind } = task;
  return {
    name,
    reference,
    kind,
    status: "running",
    attempt,
    input,
    output: null,
    error: null,
    startedAt: formatInstant(at),
    endedAt: null,
  };
}

function revivedView({ waiting: _over, ...view }: StepView, progress: Progress): StepView {
  const waiting = waitingOf(progress);
  return { ...view, status: waiting ? "waiting" : "running", error: null, endedAt: null, ...(waiting && { waiting }) };
}

function waitingOf(progress: Progress): StepView["waiting"] {
  switch (progress.kind) {
    case "timer":
      return { reason: "waiting.timer", until: formatInstant(progress.until) };
    case "delaying":
      return { reason: "waiting.retry", until: formatInstant(progress.until) };
    case "listening":
      return progress.busy ? undefined : { reason: "waiting.event" };
    default:
      return undefined;
  }
}

function skippedView(frame: Frame, event: WorkflowEvent): StepView {
  return { ...ended(startedView(frame, event), "completed", event.at, frame.raw), skipped: true };
}

function ended({ waiting: _over, ...view }: StepView, status: Status, at: number, output: Json): StepView {
  return { ...view, status, output, endedAt: formatInstant(at) };
}

function slotViewOf(state: Draft, slot: Slot): SlotView {
  const { key, limit } = slot;
  return {
    lock: slotLock(state.workflow, slot),
    key,
    limit,
    status: isFinal(state) ? "released" : awaitsSlot(state) ? "waiting" : "holding",
  };
}
