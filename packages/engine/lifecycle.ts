// The life-cycle events of a run and of its tasks (dsl.md, "Lifecycle Events"), told from what has happened: nothing is
// stored for them, and a run that nobody follows pays nothing.
//
// A task is created and started by one event of ours, so the two are told together. What is still under way below a step
// that ends is told as cancelled, innermost first, before the step itself. A step that its `if` skips never was a task.
// A listen begins to correlate when it starts to listen, and is done with that when it takes no more events.
import { formatInstant, type Instant, type Json, type JsonObject } from "@baton/core";
import type { StepId } from "./commands.ts";
import type { Definitions } from "./definitions.ts";
import type { WorkflowEvent } from "./events.ts";
import { apply, draftOf, type Draft } from "./evolve.ts";
import { errorBelow, framesBelow, rootId, type Frame, type RunState } from "./state.ts";
import { statusOf } from "./status.ts";
import type { Status } from "./view.ts";
import type { WorkflowError } from "./work.ts";

const workflowPhases = ["started", "suspended", "resumed", "cancelled", "faulted", "completed"] as const;
const taskPhases = ["created", "started", "suspended", "resumed", "retried", "cancelled", "faulted", "completed"] as const;

type WorkflowPhase = (typeof workflowPhases)[number];
type TaskPhase = (typeof taskPhases)[number];

function typeOf(subject: "workflow" | "task", phase: string): string {
  return `io.serverlessworkflow.${subject}.${phase}.v1`;
}

/** The types of all life-cycle events, as the specification names them. */
export const lifecycleTypes: readonly string[] = [
  ...[...workflowPhases, "correlation-started", "correlation-completed", "status-changed"].map((phase) => typeOf("workflow", phase)),
  ...[...taskPhases, "status-changed"].map((phase) => typeOf("task", phase)),
];

/** One of them: its type, the task that it is about (none: the run itself), and its data as the reference describes them. */
export interface LifecycleEvent {
  readonly type: string;
  readonly at: Instant;
  /** JSON Pointer of the task. */
  readonly task?: string;
  readonly data: JsonObject;
}

/** Where the output of a run or of one of its steps can be had, as a URI. */
export type OutputUri = (runId: string, step?: StepId) => string;

/** What the events of one decision mean to those who follow the run; `before` is the state that they apply to. */
export function lifecycleOf(
  workflow: Definitions,
  before: RunState | null,
  events: readonly WorkflowEvent[],
  outputUri: OutputUri,
): readonly LifecycleEvent[] {
  const teller = new Teller(workflow, before && draftOf(before), outputUri);
  for (const event of events) teller.follow(event);
  return teller.told;
}

/** The name of a run as these events give it: the workflow's name, made unique by the run, in its namespace. */
export function qualifiedName({ id, workflow: { name, namespace } }: Pick<RunState, "id" | "workflow">): string {
  return `${name}-${id}.${namespace}`;
}

const timeField: { readonly [phase in TaskPhase]: string } = {
  created: "createdAt",
  started: "startedAt",
  suspended: "suspendedAt",
  resumed: "resumedAt",
  retried: "retriedAt",
  cancelled: "cancelledAt",
  faulted: "faultedAt",
  completed: "completedAt",
};

const statusAfter: { readonly [phase in TaskPhase]: Status } = {
  created: "pending",
  started: "running",
  suspended: "suspended",
  resumed: "running",
  retried: "running",
  cancelled: "cancelled",
  faulted: "faulted",
  completed: "completed",
};

class Teller {
  readonly told: LifecycleEvent[] = [];
  readonly #workflow: Definitions;
  readonly #outputUri: OutputUri;
  #draft: Draft | null;
  #name = "";

  constructor(workflow: Definitions, draft: Draft | null, outputUri: OutputUri) {
    this.#workflow = workflow;
    this.#draft = draft;
    this.#outputUri = outputUri;
    if (draft !== null) this.#name = qualifiedName(draft);
  }

  follow(event: WorkflowEvent): void {
    const draft = this.#draft;
    const status = draft && statusOf(draft);
    const open = "step" in event && isOpen(draft?.frames.get(event.step));
    if (draft !== null) this.#before(draft, event);
    this.#draft = apply(this.#workflow, draft, event);
    this.#after(this.#draft, event);
    if (open && "step" in event) this.#correlated(this.#draft.frames.get(event.step), event.at);
    const now = statusOf(this.#draft);
    if (now !== status)
      this.#tell(typeOf("workflow", "status-changed"), event.at, { name: this.#name, updatedAt: formatInstant(event.at), status: now });
  }

  /** What can only be told while the frames are still there. */
  #before(draft: Draft, event: WorkflowEvent): void {
    switch (event.type) {
      case "StepCompleted":
      case "StepFaulted":
        return this.#stepEnded(draft, event);
      case "AttemptTimedOut":
      case "CompensationStarted":
        return this.#stopped(draft, event.step, event.at);
      case "RunCompleted":
      case "RunFaulted":
      case "RunCancelled":
        return this.#stopped(draft, rootId, event.at);
      default:
    }
  }

  #after(draft: Draft, event: WorkflowEvent): void {
    const { at } = event;
    switch (event.type) {
      case "RunStarted":
        this.#name = qualifiedName(draft);
        return this.#run("started", at, { definition: { ...draft.workflow } });
      case "StepStarted":
        return this.#stepStarted(draft, event.step, at);
      case "AttemptStarted":
        if (event.attempt > 1) this.#step(draft.frames.get(event.step), "retried", at);
        return;
      case "ListenStarted":
        this.#correlation("started", at);
        return this.#status(draft.frames.get(event.step), "waiting", at);
      case "WaitStarted":
      case "RetryScheduled":
        return this.#status(draft.frames.get(event.step), "waiting", at);
      case "RunSuspended":
      case "RunResumed":
        return this.#paused(draft, event.type === "RunSuspended" ? "suspended" : "resumed", at);
      case "RunCompleted":
        return this.#run("completed", at, { outputUri: this.#outputUri(draft.id) });
      case "RunFaulted":
        return this.#run("faulted", at, { error: errorData(draft.error) });
      case "RunCancelled":
        return this.#run("cancelled", at);
      case "RunForked":
        this.#name = qualifiedName(draft);
        return this.#run("started", at, { definition: { ...draft.workflow } });
      case "RunMigrated":
        this.#name = qualifiedName(draft);
        return;
      case "RunRetried":
        for (const frame of draft.frames.values()) if (frame.id !== rootId) this.#status(frame, "running", at);
        return;
      default:
    }
  }

  #stepStarted(draft: Draft, step: StepId, at: Instant): void {
    const frame = draft.frames.get(step);
    this.#step(frame, "created", at);
    this.#step(frame, "started", at);
  }

  #stepEnded(draft: Draft, event: Extract<WorkflowEvent, { type: "StepCompleted" | "StepFaulted" }>): void {
    const { step, at } = event;
    const frame = draft.frames.get(step);
    this.#stopped(draft, step, at);
    if (event.type === "StepCompleted") return this.#step(frame, "completed", at, { outputUri: this.#outputUri(draft.id, step) });
    this.#step(frame, "faulted", at, { error: errorData(event.error ?? (frame ? errorBelow(frame) : null)) });
  }

  #stopped(draft: Draft, below: StepId, at: Instant): void {
    for (const frame of [...framesBelow(draft, below)].reverse()) this.#step(frame, "cancelled", at);
  }

  #paused(draft: Draft, phase: "suspended" | "resumed", at: Instant): void {
    this.#run(phase, at);
    for (const frame of draft.frames.values()) if (frame.id !== rootId) this.#step(frame, phase, at);
  }

  /** After an event of a listen that took events before. */
  #correlated(frame: Frame | undefined, at: Instant): void {
    if (frame?.progress.kind !== "listening" || frame.progress.open) return;
    const { expected } = frame.progress.consumption;
    this.#correlation("completed", at, Object.keys(expected).length > 0 ? { correlationKeys: expected } : {});
  }

  #correlation(phase: "started" | "completed", at: Instant, data: JsonObject = {}): void {
    this.#tell(typeOf("workflow", `correlation-${phase}`), at, { name: this.#name, [timeField[phase]]: formatInstant(at), ...data });
  }

  #run(phase: WorkflowPhase, at: Instant, data: JsonObject = {}): void {
    this.#tell(typeOf("workflow", phase), at, { name: this.#name, [timeField[phase]]: formatInstant(at), ...data });
  }

  #step(frame: Frame | undefined, phase: TaskPhase, at: Instant, data: JsonObject = {}): void {
    if (frame === undefined) return;
    const { reference } = frame.task;
    const subject = { workflow: this.#name, task: reference };
    this.#tell(typeOf("task", phase), at, { ...subject, [timeField[phase]]: formatInstant(at), ...data }, reference);
    this.#status(frame, statusAfter[phase], at);
  }

  #status(frame: Frame | undefined, status: Status, at: Instant): void {
    if (frame === undefined) return;
    const { reference } = frame.task;
    const data = { workflow: this.#name, task: reference, updatedAt: formatInstant(at), status };
    this.#tell(typeOf("task", "status-changed"), at, data, reference);
  }

  #tell(type: string, at: Instant, data: JsonObject, task?: string): void {
    this.told.push({ type, at, data, ...(task !== undefined && { task }) });
  }
}

function isOpen(frame: Frame | undefined): boolean {
  return frame?.progress.kind === "listening" && frame.progress.open;
}

function errorData(error: WorkflowError | null): Json {
  return error && { ...error };
}
