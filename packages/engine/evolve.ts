// Applies what has happened to a run's state. No expression is evaluated here and nothing is refused: an event is
// a fact, and replaying a run's events gives the state that was live when they were decided.
import { assert, defined, unreachable, type Instant, type Json } from "@baton/core";
import type { ExtendedPlace, FlowDirective, Task, Workflow, WorkflowReference } from "@baton/dsl";
import type { StepId } from "./commands.ts";
import { afterCompensation, compensating, withCompensation, withoutCompensation, withoutRetries } from "./compensation.ts";
import { mergeContexts } from "./context.ts";
import { definitionOf, isSame, type Definitions } from "./definitions.ts";
import type { EventOf, WorkflowEvent } from "./events.ts";
import { listFrom, nextFrame, rootFrame } from "./frame.ts";
import { decodeStanding } from "./snapshot.ts";
import {
  cursorAt,
  decisiveBranch,
  errorBelow,
  framesBelow,
  inside,
  isEnding,
  isFinal,
  ownOutput,
  rootId,
  tasksOf,
  type AfterCompensation,
  type CompensatingProgress,
  type Cursor,
  type ForkProgress,
  type Frame,
  type Progress,
  type RunState,
} from "./state.ts";
import { StepMap } from "./step-map.ts";
import { afterListening, listening, nextItem } from "./listening.ts";
import type { WorkflowError } from "./work.ts";

/** A state that is still being written: what one decision, or one replay, works on. */
export type Draft = { -readonly [K in keyof RunState]: RunState[K] } & {
  frames: StepMap<Frame>;
  contexts: StepMap<Json>;
};

/** The state after an event; null: before the first one. */
export function evolve(workflow: Definitions, state: RunState | null, event: WorkflowEvent): RunState {
  return apply(workflow, state && draftOf(state), event);
}

/** The state after all of the events, from a snapshot or from the beginning. */
export function replay(workflow: Definitions, snapshot: RunState | null, events: readonly WorkflowEvent[]): RunState {
  let draft = snapshot && draftOf(snapshot);
  for (const event of events) draft = apply(workflow, draft, event);
  return defined(draft, "an event or a snapshot");
}

/** A copy that may be written to; frames and values are shared. */
export function draftOf(state: RunState): Draft {
  return { ...state, frames: StepMap.of(state.frames), contexts: StepMap.of(state.contexts) };
}

/** Writes one event into the draft, and gives it back. */
export function apply(workflow: Definitions, draft: Draft | null, event: WorkflowEvent): Draft {
  if (event.type === "RunStarted") return started(definitionOf(workflow, event.workflow), event);
  const state = defined(draft, `a run before ${event.type}`);
  if (event.type === "RunRetried") return retried(workflow, state, event);
  if (event.type === "RunForked") return forked(workflow, state, event);
  assert(!isFinal(state), `Expected no event after the end of run ${state.id}, but got ${event.type}.`);
  if (event.type === "RunMigrated") return migrated(workflow, state, event);
  change(state, event);
  return state;
}

/** Events that put a run somewhere, in whole. */
type RunChanging = "RunRetried" | "RunForked" | "RunMigrated";

function change(state: Draft, event: Exclude<WorkflowEvent, { type: "RunStarted" | RunChanging }>): void {
  switch (event.type) {
    case "StepStarted":
      return stepStarted(state, event);
    case "StepSkipped":
      return stepSkipped(state, event);
    case "StepCompleted":
      return stepCompleted(state, event);
    case "StepFaulted":
      return stepFaulted(state, event);
    case "WaitStarted":
      return progressTo(state, event.step, { kind: "timer", until: event.until });
    case "SubRunNamed":
      return progressTo(state, event.step, { kind: "subRun", runId: event.runId });
    case "FunctionEntered":
      return functionEntered(state, event);
    case "LoopEntered":
      return loopEntered(state, event);
    case "IterationStarted":
      return iterationStarted(state, event);
    case "AttemptStarted":
      return attemptStarted(state, event);
    case "AttemptTimedOut":
      return attemptTimedOut(state, event);
    case "RetryScheduled":
      return retryScheduled(state, event);
    case "ErrorCaught":
      return errorCaught(state, event);
    case "ListenStarted":
      return progressTo(state, event.step, listening(event.consumption, frameOf(state, event.step)));
    case "EventConsumed":
    case "ListenClosed":
    case "ItemCompleted":
      return listened(state, event);
    case "CompensationStarted":
      return compensationStarted(state, event);
    case "RetriesEnded":
      return progressTo(state, event.step, withoutRetries(frameOf(state, event.step).progress));
    case "AnswerDeferred":
      state.deferred = [...state.deferred, event.answer];
      return;
    case "AnswerTaken":
      state.deferred = state.deferred.slice(1);
      return;
    case "RunAdmitted":
      state.admitted = true;
      return;
    case "RunSuspended":
      state.phase = "suspended";
      return;
    case "RunResumed":
      state.phase = "running";
      return;
    case "RunCompleted":
      return runEnded(state, event.at, "completed", event.output === undefined ? ownOutput(frameOf(state, rootId)) : event.output, null);
    case "RunFaulted":
      return runEnded(state, event.at, "faulted", null, event.error ?? errorFromBelow(frameOf(state, rootId)));
    case "RunCancelled":
      return runEnded(state, event.at, "cancelled", null, null);
    default:
      return unreachable(event);
  }
}

function started(workflow: Workflow, event: EventOf<"RunStarted">): Draft {
  const { at, runId, tenant, parent = null, depth, raw, deadline, slot = null } = event;
  const input = event.input === undefined ? raw : event.input;
  return {
    id: runId,
    tenant,
    workflow: event.workflow,
    parent,
    depth,
    phase: "running",
    slot,
    admitted: slot === null,
    startedAt: at,
    endedAt: null,
    raw,
    steps: 0,
    output: null,
    error: null,
    frames: new StepMap<Frame>().set(rootId, rootFrame(workflow, { at, input, ...(deadline !== undefined && { deadline }) })),
    contexts: new StepMap<Json>().set(rootId, input),
    deferred: [],
    forkedFrom: null,
    former: [],
    compensations: null,
    failedCompensations: [],
  };
}

/** What the run stood at before it faulted, as it goes on. */
function retried(workflow: Workflow, state: Draft, { standing }: EventOf<"RunRetried">): Draft {
  assert(state.phase === "faulted", `Expected run ${state.id} to have faulted, but it is ${state.phase}.`);
  const definition = definitionOf(workflow, state.workflow);
  return { ...state, ...decodeStanding(definition, standing), phase: "running", admitted: state.slot === null, endedAt: null, error: null };
}

/** Of the other run stay what came in, and how many steps there were. */
function forked(definitions: Definitions, other: Draft, event: EventOf<"RunForked">): Draft {
  const { runId: id, workflow, from: forkedFrom, at: startedAt, standing } = event;
  const { raw, tenant, depth, steps } = other;
  const definition = definitionOf(definitions, workflow);
  const slot = definition.concurrency === undefined ? null : other.slot;
  const kept = { id, tenant, workflow, former: formerOf(other, workflow), parent: null, depth, raw, steps, startedAt, forkedFrom };
  const fresh = { phase: "running", slot, admitted: slot === null, endedAt: null, deferred: [], output: null, error: null } as const;
  return { ...kept, ...fresh, ...decodeStanding(definition, standing) };
}

function migrated(definitions: Definitions, state: Draft, { workflow, standing }: EventOf<"RunMigrated">): Draft {
  const former = formerOf(state, workflow);
  return { ...state, workflow, former, ...decodeStanding(definitionOf(definitions, workflow), standing) };
}

function formerOf({ workflow, former }: RunState, now: WorkflowReference): readonly WorkflowReference[] {
  return isSame(workflow, now) ? former : [...former, workflow];
}

function runEnded(state: Draft, at: Instant, phase: RunState["phase"], output: Json, error: WorkflowError | null): void {
  state.phase = phase;
  state.endedAt = at;
  state.output = output;
  state.error = error;
  state.frames = new StepMap();
  state.contexts = new StepMap();
  state.deferred = [];
  state.compensations = null;
}

function stepStarted(state: Draft, event: EventOf<"StepStarted">): void {
  const parent = frameOf(state, event.parent);
  const frame = nextFrame(parent, event.step, event.index, event);
  state.steps = event.step;
  setCursor(state, parent, event.index, inside);
  if (frame.home === frame.id) state.contexts.set(frame.id, contextBelow(state, parent));
  state.frames.set(frame.id, frame);
}

/** The context that a branch, or a compensation, begins with. */
function contextBelow(state: Draft, { progress, home }: Frame): Json {
  return progress.kind === "compensating" ? progress.current.context : (state.contexts.get(home) ?? null);
}

function stepSkipped(state: Draft, event: EventOf<"StepSkipped">): void {
  const parent = frameOf(state, event.parent);
  const cursor = cursorAt(parent.progress, event.index);
  assert(cursor?.at === "next", `Expected step ${parent.id} to be ready for its next, but it is not.`);
  state.steps = event.step;
  setCursor(state, parent, event.index, cursorAfter(parent, event.index, { kind: "continue" }, cursor.data));
}

function stepCompleted(state: Draft, event: EventOf<"StepCompleted">): void {
  const frame = frameOf(state, event.step);
  const output = event.output === undefined ? ownOutput(frame) : event.output;
  if (frame.progress.kind === "fork") state.contexts.set(frame.home, contextAfterFork(state, frame, frame.progress));
  if (event.context !== undefined) state.contexts.set(frame.home, event.context);
  if (frame.task.compensate !== undefined) state.compensations = withCompensation(state, frame, output);
  const left = frame.home === frame.id ? state.contexts.get(frame.id) : undefined;
  remove(state, frame);
  const directive = directiveOf(frame, event.chosen);
  const parent = frameOf(state, frame.parent);
  const place = directive.kind === "end" ? undefined : placeOfExtended(parent, frame.index);
  if (place !== undefined) return extendedCompleted(state, parent, place, { index: frame.index, directive, output });
  setCursor(state, parent, frame.index, cursorAfter(parent, frame.index, directive, output), left);
}

/** The place of what a list extends, where the child is that. */
function placeOfExtended({ task }: Frame, index: number): ExtendedPlace | undefined {
  const extended = task.kind === "do" ? task.extended : undefined;
  return extended?.own.includes(index) === true ? extended : undefined;
}

interface ExtendedEnd {
  readonly index: number;
  readonly directive: FlowDirective;
  readonly output: Json;
}

/** What is extended has completed: its directive is kept until the list around it is over. */
function extendedCompleted(state: Draft, list: Frame, { goesOn }: ExtendedPlace, { index, directive, output }: ExtendedEnd): void {
  const cursor = cursorAfter(list, index, { kind: goesOn ? "continue" : "exit" }, output);
  state.frames.set(list.id, { ...list, progress: { kind: "list", cursor, leaves: directive } });
}

/** The context that the step would leave if it completed now: a fork's branches are merged into it. */
export function contextAfterFork(state: RunState, frame: Frame, progress: ForkProgress): Json {
  const winner = decisiveBranch(frame, progress);
  const contexts = winner === undefined ? progress.contexts : [progress.contexts[winner]];
  return mergeContexts(state.contexts.get(frame.home) ?? null, contexts);
}

function directiveOf(frame: Frame, chosen: number | undefined): FlowDirective {
  const { task, progress } = frame;
  if (isEnding(frame)) return { kind: "end" };
  if (progress.kind === "list" && progress.leaves !== undefined) return progress.leaves;
  if (task.kind === "switch" && chosen !== undefined) return defined(task.cases[chosen], `case ${chosen}`).then;
  if (task.kind === "try" && progress.kind === "handling") return task.catch.then ?? task.then;
  return task.then;
}

function stepFaulted(state: Draft, event: EventOf<"StepFaulted">): void {
  const frame = frameOf(state, event.step);
  const error = event.error ?? errorFromBelow(frame);
  remove(state, frame);
  setCursor(state, frameOf(state, frame.parent), frame.index, { at: "faulted", error });
}

function compensationStarted(state: Draft, event: EventOf<"CompensationStarted">): void {
  const frame = frameOf(state, event.step);
  const isRun = frame.id === rootId;
  const progress = compensating(state.compensations, frame, isRun ? endOfRun(frame, event) : null);
  for (const { id } of framesBelow(state, frame.id)) forget(state, id);
  state.frames.set(frame.id, { ...frame, progress, deadline: isRun ? null : frame.deadline });
  if (!isRun) return;
  state.phase = "running";
  state.deferred = [];
}

function endOfRun(root: Frame, { cancelled, reason, error }: EventOf<"CompensationStarted">): AfterCompensation {
  if (cancelled === true) return { kind: "cancel", ...(reason !== undefined && { reason }) };
  return { kind: "fault", error: error ?? errorFromBelow(root) };
}

function functionEntered(state: Draft, event: EventOf<"FunctionEntered">): void {
  const data = event.arguments === undefined ? frameOf(state, event.step).input : event.arguments;
  progressTo(state, event.step, { kind: "list", cursor: { at: "next", index: 0, data } });
}

function loopEntered(state: Draft, event: EventOf<"LoopEntered">): void {
  const frame = frameOf(state, event.step);
  const items = event.items ?? constantItems(frame.task);
  progressTo(state, event.step, { kind: "loop", items, position: -1, cursor: { at: "over", data: frame.input, ends: false } });
}

function constantItems(task: Task): readonly Json[] {
  const items = task.kind === "for" && task.in.kind === "constant" ? task.in.value : null;
  assert(Array.isArray(items), `Expected constant items at ${task.reference}, but there are none.`);
  return items as readonly Json[];
}

function iterationStarted(state: Draft, event: EventOf<"IterationStarted">): void {
  const frame = frameOf(state, event.step);
  const { progress } = frame;
  if (progress.kind === "listening") return progressTo(state, event.step, nextItem(progress, tasksOf(frame.task, progress).length));
  assert(progress.kind === "loop" && progress.cursor.at === "over", `Expected step ${frame.id} between two iterations, but it is not.`);
  const cursor = listFrom(0, tasksOf(frame.task, progress).length, progress.cursor.data);
  progressTo(state, event.step, { ...progress, position: progress.position + 1, cursor });
}

function attemptStarted(state: Draft, event: EventOf<"AttemptStarted">): void {
  const frame = frameOf(state, event.step);
  const { task, progress } = frame;
  assert(task.kind === "try" && (progress.kind === "trying" || progress.kind === "delaying"), `Expected step ${frame.id} to be a try.`);
  progressTo(state, event.step, {
    kind: "trying",
    attempt: event.attempt,
    cursor: listFrom(0, task.try.length, frame.input),
    deadline: event.deadline ?? null,
    limit: event.limit ?? progress.limit,
    last: false,
  });
}

function attemptTimedOut(state: Draft, event: EventOf<"AttemptTimedOut">): void {
  const frame = frameOf(state, event.step);
  const progress = tryingOf(frame);
  for (const { id } of framesBelow(state, frame.id)) forget(state, id);
  const { error, last } = event;
  progressTo(state, event.step, {
    ...progress,
    deadline: null,
    limit: last ? null : progress.limit,
    last,
    cursor: { at: "faulted", error },
  });
}

function retryScheduled(state: Draft, event: EventOf<"RetryScheduled">): void {
  const frame = frameOf(state, event.step);
  const { attempt, limit } = tryingOf(frame);
  progressTo(state, event.step, { kind: "delaying", attempt, error: errorFromBelow(frame), until: event.until, limit });
}

function errorCaught(state: Draft, event: EventOf<"ErrorCaught">): void {
  const frame = frameOf(state, event.step);
  const error = errorFromBelow(frame);
  const count = frame.task.kind === "try" ? (frame.task.catch.do?.length ?? 0) : 0;
  progressTo(state, event.step, { kind: "handling", error, cursor: listFrom(0, count, frame.input) });
}

function listened(state: Draft, event: EventOf<"EventConsumed"> | EventOf<"ListenClosed"> | EventOf<"ItemCompleted">): void {
  const frame = frameOf(state, event.step);
  if (event.type === "ItemCompleted" && event.context !== undefined) state.contexts.set(frame.home, event.context);
  progressTo(state, event.step, afterListening(frame, event));
}

function tryingOf(frame: Frame): Extract<Progress, { kind: "trying" }> {
  assert(frame.progress.kind === "trying", `Expected step ${frame.id} to be trying, but it is ${frame.progress.kind}.`);
  return frame.progress;
}

function errorFromBelow(frame: Frame): WorkflowError {
  return defined(errorBelow(frame), `an error below step ${frame.id}`);
}

function cursorAfter(parent: Frame, index: number, directive: FlowDirective, data: Json): Cursor {
  if (directive.kind === "end") return { at: "over", data, ends: true };
  if (directive.kind === "exit" || parent.progress.kind === "fork") return { at: "over", data, ends: false };
  const next = directive.kind === "task" ? directive.index : index + 1;
  const extends_ = placeOfExtended(parent, next) !== undefined;
  return listFrom(next, tasksOf(parent.task, parent.progress).length, extends_ ? parent.input : data);
}

function frameOf(state: RunState, id: StepId): Frame {
  return defined(state.frames.get(id), `step ${id} of run ${state.id}`);
}

function progressTo(state: Draft, id: StepId, progress: Progress): void {
  state.frames.set(id, { ...frameOf(state, id), progress });
}

function remove(state: Draft, frame: Frame): void {
  for (const { id } of framesBelow(state, frame.id)) forget(state, id);
  forget(state, frame.id);
}

function forget(state: Draft, id: StepId): void {
  state.frames.delete(id);
  state.contexts.delete(id);
}

function setCursor(state: Draft, frame: Frame, index: number, cursor: Cursor, context?: Json): void {
  const { progress } = frame;
  if (progress.kind === "compensating") compensate(state, frame, progress, cursor);
  else if (progress.kind === "fork") state.frames.set(frame.id, { ...frame, progress: withBranch(progress, index, cursor, context) });
  else if ("cursor" in progress) state.frames.set(frame.id, { ...frame, progress: { ...progress, cursor } });
  else assert(false, `Expected step ${frame.id} to have children, but it is ${progress.kind}.`);
}

function compensate(state: Draft, frame: Frame, progress: CompensatingProgress, cursor: Cursor): void {
  if (cursor.at === "inside") return progressTo(state, frame.id, { ...progress, cursor });
  const error = cursor.at === "faulted" ? cursor.error : null;
  const { step } = progress.current;
  state.compensations = withoutCompensation(state.compensations, step);
  if (error !== null) state.failedCompensations = [...state.failedCompensations, { step, error }];
  progressTo(state, frame.id, afterCompensation(state.compensations, frame, progress, error));
}

function withBranch(progress: ForkProgress, index: number, cursor: Cursor, context: Json | undefined): ForkProgress {
  const branches = progress.branches.with(index, cursor);
  if (cursor.at === "faulted") return { ...progress, branches, fault: cursor.error };
  if (cursor.at !== "over") return { ...progress, branches };
  return { ...progress, branches, contexts: progress.contexts.with(index, context), first: progress.first ?? index };
}
