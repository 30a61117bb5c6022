// The state of a run: a tree of frames, one per step that is under way, each small and immutable. The root frame (id
// 0) stands for the workflow itself. A step that ends leaves the tree with everything below it and hands its output
// or error to its parent's cursor; what has ended is not in the state, only in the events.
//
// Invariants: a frame's parent is in the tree and has a smaller id; a parent's cursor is `inside` exactly while a
// child of that place is in the tree; a final run has no frames.
import type { Instant, Json } from "@baton/core";
import type { ConcurrencyRule, DoTask, FlowDirective, Task, TaskList, Workflow, WorkflowReference } from "@baton/dsl";
import type { Answer, StepId } from "./answers.ts";
import type { Consumption } from "./consumption.ts";
import type { WorkflowError } from "./work.ts";

/** Where a list stands, or one branch of a fork. */
export type Cursor =
  /** The task at `index` is to be started with `data` as its raw input. */
  | { readonly at: "next"; readonly index: number; readonly data: Json }
  | { readonly at: "inside" }
  /** The list is done and gave `data`; `ends`: an `end` directive is ending the workflow. */
  | { readonly at: "over"; readonly data: Json; readonly ends: boolean }
  | { readonly at: "faulted"; readonly error: WorkflowError };

/** How far a step has come: one shape per way of being under way. */
export type Progress =
  /** Ends in the decision in which it starts, or turns into another shape there. */
  | { readonly kind: "instant" }
  /** An executor was asked. */
  | { readonly kind: "work" }
  | { readonly kind: "timer"; readonly until: Instant }
  /** `since`: a run that had faulted by then is retried. */
  | { readonly kind: "subRun"; readonly runId: string; readonly since?: Instant }
  /** `leaves`: the directive of the task that the list extends, to be followed when the list is over. */
  | { readonly kind: "list"; readonly cursor: Cursor; readonly leaves?: FlowDirective }
  | { readonly kind: "loop"; readonly items: readonly Json[]; readonly position: number; readonly cursor: Cursor }
  | ForkProgress
  | TryingProgress
  | ListeningProgress
  /** A try between two attempts; the error is that of the last one. */
  | {
      readonly kind: "delaying";
      readonly attempt: number;
      readonly error: WorkflowError;
      readonly until: Instant;
      readonly limit: Instant | null;
    }
  | { readonly kind: "handling"; readonly error: WorkflowError; readonly cursor: Cursor }
  | CompensatingProgress;

/** A run, a try or a fork that undoes what was done below it, the latest first (compensation.ts). */
export interface CompensatingProgress {
  readonly kind: "compensating";
  /** What is being undone; the last one when there is no more. */
  readonly current: Compensation;
  readonly cursor: Cursor;
  /** Of a fork: the branches that are undone. Null: everything below. */
  readonly branches: readonly number[] | null;
  /** The first compensation that failed. */
  readonly failed: WorkflowError | null;
  readonly then: AfterCompensation;
}

/** What comes when all is undone: the run ends, or the step goes on from where it stood. */
export type AfterCompensation =
  | { readonly kind: "fault"; readonly error: WorkflowError }
  | { readonly kind: "cancel"; readonly reason?: string }
  | { readonly kind: "resume"; readonly progress: Progress };

/** What would undo a step that has completed. */
export interface Compensation {
  readonly step: StepId;
  /** The way to the step, from the root. */
  readonly place: readonly Place[];
  readonly task: DoTask;
  /** Of the step. */
  readonly input: Json;
  readonly output: Json;
  /** As the step left it. */
  readonly context: Json;
  readonly variables: readonly Json[];
}

/** Compensations, the latest first; adding one copies none. */
export interface CompensationList {
  readonly latest: Compensation;
  readonly before: CompensationList | null;
  readonly count: number;
}

/** A child of a step. */
export interface Place {
  readonly step: StepId;
  readonly index: number;
  /** In the list of a catch. */
  readonly handling: boolean;
}

/** A compensation that faulted. */
export interface FailedCompensation {
  /** The step that is not undone. */
  readonly step: StepId;
  readonly error: WorkflowError;
}

/** A fork: a cursor per branch, in declaration order. */
export interface ForkProgress {
  readonly kind: "fork";
  readonly branches: readonly Cursor[];
  /** The context that each completed branch left. */
  readonly contexts: readonly (Json | undefined)[];
  /** The branch that completed first. */
  readonly first: number | null;
  /** The latest fault of a branch. */
  readonly fault: WorkflowError | null;
}

/** A try whose list runs; attempts count from one. */
export interface TryingProgress {
  readonly kind: "trying";
  readonly attempt: number;
  readonly cursor: Cursor;
  /** Of this attempt. */
  readonly deadline: Instant | null;
  /** Of all attempts together. */
  readonly limit: Instant | null;
  /** True: no attempt may follow this one. */
  readonly last: boolean;
}

/** A listen: what it has consumed, and, of one with `foreach`, what is done with it. */
export interface ListeningProgress {
  readonly kind: "listening";
  readonly consumption: Consumption;
  /** True while it takes events. */
  readonly open: boolean;
  /** The events so far as they are read, where anybody asks for them: the output, or the condition that ends the listening. */
  readonly items: readonly Json[];
  /** With `foreach`: events whose turn has not come. */
  readonly queue: readonly Json[];
  /** The event whose turn it is; `busy`: there is one. */
  readonly current: Json;
  readonly busy: boolean;
  /** Of the current event, or the last one; -1: there was none. */
  readonly position: number;
  /** What was made of the events that are done with. */
  readonly outputs: readonly Json[];
  /** Of the current event's tasks. */
  readonly cursor: Cursor;
}

/** One step that is under way. */
export interface Frame {
  readonly id: StepId;
  readonly parent: StepId;
  /** In the parent's list, or the branch's number. */
  readonly index: number;
  readonly task: Task;
  /** The frame whose context this step sees and exports to: the root, or a branch. */
  readonly home: StepId;
  readonly depth: number;
  /** The attempt of the nearest try around it. */
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly raw: Json;
  /** After `input.from`. */
  readonly input: Json;
  /** Values of the task's `scope`, in its order. */
  readonly variables: readonly Json[];
  readonly deadline: Instant | null;
  readonly progress: Progress;
}

/** A run between two decisions. */
export interface RunState {
  readonly id: string;
  readonly tenant: string;
  readonly workflow: WorkflowReference;
  /** What it was a run of before it was migrated, or forked with another definition; the earliest first. */
  readonly former: readonly WorkflowReference[];
  readonly parent: { readonly runId: string; readonly step: StepId } | null;
  /** The run, and its step, whose history before that step is this one's. */
  readonly forkedFrom: { readonly runId: string; readonly step: StepId } | null;
  /** Runs above this one. */
  readonly depth: number;
  readonly phase: "running" | "suspended" | "completed" | "faulted" | "cancelled";
  /** What it may go on with only once it has it; null: it needs none. */
  readonly slot: Slot | null;
  /** False while it waits for its slot. */
  readonly admitted: boolean;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** The workflow's raw input. */
  readonly raw: Json;
  /** Ids given to steps so far. */
  readonly steps: number;
  readonly frames: ReadonlyMap<StepId, Frame>;
  /** The context of the root and of each branch that is under way. */
  readonly contexts: ReadonlyMap<StepId, Json>;
  /** Answers that wait for the run to be resumed, first in first out. */
  readonly deferred: readonly Answer[];
  /** What would undo the steps so far, the latest first. */
  readonly compensations: CompensationList | null;
  readonly failedCompensations: readonly FailedCompensation[];
  readonly output: Json;
  readonly error: WorkflowError | null;
}

/** One of the places of those runs of a flow that may go on at a time. */
export interface Slot {
  /** Empty: for all runs of the flow. */
  readonly key: string;
  readonly limit: number;
  readonly onConflict: ConcurrencyRule["onConflict"];
}

/** The root frame's id. */
export const rootId: StepId = 0;

/** The cursor of a place whose child is under way. */
export const inside: Cursor = { at: "inside" };

/** True for a listen that a person answers. */
export function isApproval(task: Task): boolean {
  return task.kind === "listen" && task.approval !== undefined;
}

/** True once nothing can happen to the run any more. */
export function isFinal(state: RunState): boolean {
  return state.phase !== "running" && state.phase !== "suspended";
}

const roots = new WeakMap<Workflow, Task>();

/** The workflow as the task of the root frame: a `do` of its list. */
export function rootTask(workflow: Workflow): Task {
  let root = roots.get(workflow);
  if (root === undefined) {
    root = {
      kind: "do",
      name: workflow.name,
      reference: "",
      definition: workflow.definition,
      scope: [],
      then: { kind: "end" },
      do: workflow.do,
    };
    roots.set(workflow, root);
  }
  return root;
}

const noTasks: TaskList = [];

/** The tasks that a frame's cursor counts through, or its branches. */
export function tasksOf(task: Task, progress: Progress): TaskList {
  if (progress.kind === "compensating") return [progress.current.task];
  switch (task.kind) {
    case "do":
    case "for":
      return task.do;
    case "fork":
      return task.branches;
    case "try":
      return progress.kind === "handling" ? (task.catch.do ?? noTasks) : task.try;
    case "call":
      return task.call.kind === "function" ? [task.call.task] : noTasks;
    case "listen":
      return task.foreach?.do ?? noTasks;
    case "set":
    case "switch":
    case "raise":
    case "wait":
    case "run":
    case "emit":
      return noTasks;
  }
}

/** The cursor of the place in `progress` that a child of that index belongs to; undefined: it has no places. */
export function cursorAt(progress: Progress, index: number): Cursor | undefined {
  if (progress.kind === "fork") return progress.branches[index];
  return "cursor" in progress ? progress.cursor : undefined;
}

/** What a step's children see behind the standard variables. */
export function childVariables(frame: Frame): readonly Json[] {
  const { progress, variables } = frame;
  if (progress.kind === "loop") return [...variables, progress.items[progress.position] ?? null, progress.position];
  if (progress.kind === "listening") return [...variables, progress.current, progress.position];
  if (progress.kind === "handling") return [...variables, errorValue(progress.error)];
  if (progress.kind === "compensating") return compensationVariables(progress.current);
  return frame.task.kind === "call" ? [] : variables;
}

/** What the step saw, and the step itself. */
function compensationVariables({ variables, input, output }: Compensation): readonly Json[] {
  return [...variables, { input, output }];
}

/** An error as expressions see it. */
export function errorValue(error: WorkflowError): Json {
  return { ...error };
}

/** The output that a step gives by itself, before `output.as`: known from the state, so no event need say it. */
export function ownOutput(frame: Frame): Json {
  const { progress } = frame;
  if (progress.kind === "fork") return forkOutput(frame, progress);
  if (progress.kind === "listening" && !isEnding(frame)) return listenOutput(frame, progress);
  const cursor = cursorAt(progress, 0);
  return cursor?.at === "over" ? cursor.data : frame.input;
}

function listenOutput({ task }: Frame, { items, outputs }: ListeningProgress): Json {
  return task.kind === "listen" && task.foreach !== undefined ? outputs : items;
}

function forkOutput(frame: Frame, progress: ForkProgress): Json {
  const winner = decisiveBranch(frame, progress);
  if (winner !== undefined) return dataOf(progress.branches[winner]);
  return progress.branches.map(dataOf);
}

function dataOf(cursor: Cursor | undefined): Json {
  return cursor?.at === "over" ? cursor.data : null;
}

/** The branch that alone decides a fork: the first to complete of a competing one, or one that ends the workflow. */
export function decisiveBranch(frame: Frame, progress: ForkProgress): number | undefined {
  const ending = progress.branches.findIndex((branch) => branch.at === "over" && branch.ends);
  if (ending >= 0) return ending;
  return frame.task.kind === "fork" && frame.task.compete ? (progress.first ?? undefined) : undefined;
}

/** True where an `end` directive below the frame is ending the workflow. */
export function isEnding(frame: Frame): boolean {
  const { progress } = frame;
  if (progress.kind === "fork") return progress.branches.some((branch) => branch.at === "over" && branch.ends);
  const cursor = cursorAt(progress, 0);
  return cursor?.at === "over" && cursor.ends;
}

/** The error that a frame holds from below, to be passed on or caught. */
export function errorBelow(frame: Frame): WorkflowError | null {
  const { progress } = frame;
  if (progress.kind === "fork") return progress.fault;
  if (progress.kind === "delaying") return progress.error;
  if (progress.kind === "compensating") return progress.then.kind === "fault" ? progress.then.error : progress.failed;
  const cursor = cursorAt(progress, 0);
  return cursor?.at === "faulted" ? cursor.error : null;
}

/** True where the frame can be moved on without an answer from outside. */
export function isReady(frame: Frame): boolean {
  const { progress } = frame;
  if (progress.kind === "listening" && !progress.busy) return progress.queue.length > 0 || !progress.open;
  if (progress.kind !== "fork") return "cursor" in progress && progress.cursor.at !== "inside";
  return forkOutcome(frame, progress) !== "open" || progress.branches.some((branch) => branch.at === "next");
}

/** True while the step waits for CompleteWork or FailWork. */
export function awaitsAnswer({ progress }: Frame): boolean {
  return progress.kind === "work" || progress.kind === "subRun";
}

/** Whether a fork is decided: a joining one by its first fault or its last output, a competing one by its first output or its last fault. */
export function forkOutcome(frame: Frame, progress: ForkProgress): "open" | "completed" | "faulted" {
  if (decisiveBranch(frame, progress) !== undefined) return "completed";
  const compete = frame.task.kind === "fork" && frame.task.compete;
  const settled = progress.branches.every((branch) => branch.at === "over" || branch.at === "faulted");
  if (progress.fault !== null && (settled || !compete)) return "faulted";
  return settled ? "completed" : "open";
}

/** Whether any step under way is so. */
export function someFrame(state: RunState, isSo: (frame: Frame) => boolean): boolean {
  for (const frame of state.frames.values()) if (isSo(frame)) return true;
  return false;
}

const noFrames: readonly Frame[] = [];

/** Whether a child may be under way: a cheap answer for the many steps that never have one. */
function hasChildren(frame: Frame | undefined): boolean {
  const { progress } = frame ?? {};
  if (progress?.kind === "fork") return progress.branches.some(({ at }) => at === "inside");
  return progress !== undefined && "cursor" in progress && progress.cursor.at === "inside";
}

/** Everything below a frame, parents before children. */
export function framesBelow(state: RunState, id: StepId): readonly Frame[] {
  if (!hasChildren(state.frames.get(id))) return noFrames;
  const ids = new Set([id]);
  const below: Frame[] = [];
  for (const frame of state.frames.values()) {
    if (frame.id === rootId || !ids.has(frame.parent)) continue;
    ids.add(frame.id);
    below.push(frame);
  }
  return below;
}

/** A timer that a frame waits for. */
export interface FrameTimer {
  readonly timer: string;
  readonly at: Instant;
}

const noTimers: readonly FrameTimer[] = [];

/** The timers that a frame needs, by the names under which they fire. */
export function timersOf(frame: Frame | undefined): readonly FrameTimer[] {
  if (frame === undefined) return noTimers;
  const { id, deadline, progress } = frame;
  if (
    deadline === null &&
    (progress.kind === "listening" || progress.kind === "work" || progress.kind === "list" || progress.kind === "instant")
  )
    return noTimers;
  const timers: FrameTimer[] = [];
  const add = (name: string, at: Instant | null): void => {
    if (at !== null) timers.push({ timer: `${name}:${id}`, at });
  };
  add("timeout", deadline);
  if (progress.kind === "timer") add("wait", progress.until);
  if (progress.kind === "trying") add(`attempt-${progress.attempt}`, progress.deadline);
  if (progress.kind === "delaying") add(`retry-${progress.attempt}`, progress.until);
  add("limit", limitOf(progress));
  return timers;
}

/** When all attempts of a try together must be over. */
function limitOf(progress: Progress): Instant | null {
  if (progress.kind === "trying" || progress.kind === "delaying") return progress.limit;
  return progress.kind === "compensating" && progress.then.kind === "resume" ? limitOf(progress.then.progress) : null;
}
