// A run's state as text, so that a later read need not start from the first event. Values that several frames share
// are written once, in a pool; a task is written as its place under its parent, and found again in the workflow.
import { assert, defined, isArray, isObject, parseJson, type Instant, type Json } from "@baton/core";
import type { FlowDirective, Task, TaskList, Workflow, WorkflowReference } from "@baton/dsl";
import type { Answer, StepId } from "./answers.ts";
import { listed } from "./compensation.ts";
import { newFrame, rootFrame } from "./frame.ts";
import {
  inside,
  rootId,
  rootTask,
  tasksOf,
  type AfterCompensation,
  type CompensatingProgress,
  type Compensation,
  type CompensationList,
  type Cursor,
  type FailedCompensation,
  type Frame,
  type ListeningProgress,
  type Place,
  type Progress,
  type RunState,
  type Slot,
} from "./state.ts";
import { StepMap } from "./step-map.ts";
import type { WorkflowError } from "./work.ts";

/** The version of snapshots that are written. One of another version is not read: the events are there. */
export const snapshotVersion = 1;

/** A value's place in the pool. */
type Ref = number;

type EncodedCursor =
  | readonly ["next", number, Ref]
  | readonly ["inside"]
  | readonly ["over", Ref, boolean]
  | readonly ["faulted", WorkflowError];

/** A compensation is found again by its task's place in the workflow. */
interface EncodedCompensation {
  readonly step: StepId;
  readonly place: readonly Place[];
  readonly input: Ref;
  readonly output: Ref;
  readonly context: Ref;
  readonly variables: readonly Ref[];
}

type EncodedAfter = Exclude<AfterCompensation, { kind: "resume" }> | { readonly kind: "resume"; readonly progress: EncodedProgress };

type EncodedProgress =
  | (Omit<CompensatingProgress, "current" | "cursor" | "then"> & {
      readonly current: EncodedCompensation;
      readonly cursor: EncodedCursor;
      readonly then: EncodedAfter;
    })
  | { readonly kind: "instant" | "work" }
  | { readonly kind: "timer"; readonly until: Instant }
  | { readonly kind: "subRun"; readonly runId: string; readonly since?: Instant }
  | { readonly kind: "list"; readonly cursor: EncodedCursor; readonly leaves?: FlowDirective }
  | { readonly kind: "loop"; readonly items: Ref; readonly position: number; readonly cursor: EncodedCursor }
  | {
      readonly kind: "fork";
      readonly branches: readonly EncodedCursor[];
      readonly contexts: readonly (Ref | null)[];
      readonly first: number | null;
      readonly fault: WorkflowError | null;
    }
  | {
      readonly kind: "trying";
      readonly attempt: number;
      readonly cursor: EncodedCursor;
      readonly deadline: Instant | null;
      readonly limit: Instant | null;
      readonly last: boolean;
    }
  | {
      readonly kind: "delaying";
      readonly attempt: number;
      readonly error: WorkflowError;
      readonly until: Instant;
      readonly limit: Instant | null;
    }
  | { readonly kind: "handling"; readonly error: WorkflowError; readonly cursor: EncodedCursor }
  | (Omit<ListeningProgress, "items" | "queue" | "outputs" | "current" | "cursor"> & {
      readonly items: Ref;
      readonly queue: Ref;
      readonly outputs: Ref;
      readonly current: Ref;
      readonly cursor: EncodedCursor;
    });

interface EncodedFrame {
  readonly id: StepId;
  readonly parent: StepId;
  readonly index: number;
  readonly at: Instant;
  readonly raw: Ref;
  readonly input: Ref;
  readonly deadline: Instant | null;
  readonly progress: EncodedProgress;
}

/** The frames and contexts of a run as they are written: in a snapshot, and in events that put a run somewhere. */
export interface EncodedStanding {
  readonly contexts: readonly (readonly [StepId, Ref])[];
  /** Parents before children. */
  readonly frames: readonly EncodedFrame[];
  /** The earliest first; absent: none. */
  readonly compensations?: readonly EncodedCompensation[];
  readonly failedCompensations?: readonly FailedCompensation[];
  readonly values: readonly Json[];
}

/** Where a run stands: what is under way, what it sees, and what would undo what is done. */
export interface Standing extends Partial<Pick<RunState, "compensations" | "failedCompensations">> {
  readonly frames: ReadonlyMap<StepId, Frame>;
  readonly contexts: ReadonlyMap<StepId, Json>;
}

interface Snapshot extends EncodedStanding {
  readonly v: number;
  readonly id: string;
  readonly tenant: string;
  readonly workflow: WorkflowReference;
  readonly parent: RunState["parent"];
  /** Absent: none. */
  readonly former?: readonly WorkflowReference[];
  /** Absent: it is no fork. */
  readonly forkedFrom?: RunState["forkedFrom"];
  readonly depth: number;
  readonly phase: RunState["phase"];
  /** Absent: it needs none. */
  readonly slot?: Slot;
  /** Absent: it has its slot, or needs none. */
  readonly admitted?: false;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly steps: number;
  readonly raw: Ref;
  readonly output: Ref;
  readonly error: WorkflowError | null;
  readonly deferred: readonly Answer[];
}

/** A state as text. */
export function encodeState(state: RunState): string {
  const pool = newPool();
  const { id, tenant, workflow, former, parent, forkedFrom, depth, phase, slot, startedAt, endedAt, steps, error, deferred } = state;
  const snapshot: Snapshot = {
    v: snapshotVersion,
    id,
    tenant,
    workflow,
    parent,
    ...(former.length > 0 && { former }),
    ...(forkedFrom !== null && { forkedFrom }),
    depth,
    phase,
    ...(slot !== null && { slot }),
    ...(!state.admitted && { admitted: false }),
    startedAt,
    endedAt,
    steps,
    error,
    deferred,
    raw: pool.put(state.raw),
    output: pool.put(state.output),
    ...standingIn(pool, state),
  };
  return JSON.stringify(snapshot);
}

function encodeCompensations(
  pool: Pool,
  { compensations = null, failedCompensations = [] }: Standing,
): Pick<EncodedStanding, "compensations" | "failedCompensations"> {
  const encoded: EncodedCompensation[] = [];
  for (let list = compensations; list !== null; list = list.before) encoded.push(encodeCompensation(pool, list.latest));
  return {
    ...(encoded.length > 0 && { compensations: encoded.reverse() }),
    ...(failedCompensations.length > 0 && { failedCompensations }),
  };
}

function encodeCompensation(pool: Pool, { step, place, input, output, context, variables }: Compensation): EncodedCompensation {
  const [inputRef, outputRef, contextRef] = [pool.put(input), pool.put(output), pool.put(context)];
  return { step, place, input: inputRef, output: outputRef, context: contextRef, variables: variables.map((value) => pool.put(value)) };
}

function encodeCompensating(pool: Pool, progress: CompensatingProgress): EncodedProgress {
  const { current, cursor, then } = progress;
  return {
    ...progress,
    current: encodeCompensation(pool, current),
    cursor: encodeCursor(pool, cursor),
    then: then.kind === "resume" ? { kind: "resume", progress: encodeProgress(pool, then.progress) } : then,
  };
}

/** A standing as it is written. */
export function encodeStanding(standing: Standing): EncodedStanding {
  return standingIn(newPool(), standing);
}

function standingIn(pool: Pool, standing: Standing): EncodedStanding {
  const { frames, contexts } = standing;
  return {
    contexts: [...contexts].map(([home, context]) => [home, pool.put(context)]),
    frames: [...frames.values()].map((frame) => encodeFrame(pool, frame)),
    ...encodeCompensations(pool, standing),
    values: pool.values,
  };
}

/** A standing as it was written, in a run of that workflow. */
export function decodeStanding(workflow: Workflow, encoded: EncodedStanding): DecodedStanding {
  const { frames: encodedFrames, contexts, compensations = [], failedCompensations = [], values } = encoded;
  const value = (ref: Ref): Json => valueAt(values, ref);
  const frames = new StepMap<Frame>();
  for (const frame of encodedFrames) frames.set(frame.id, decodeFrame(workflow, frames, frame, value));
  let list: CompensationList | null = null;
  for (const one of compensations) list = listed(decodeCompensation(workflow, one, value), list);
  const byHome = new StepMap<Json>();
  for (const [home, context] of contexts) byHome.set(home, value(context));
  return { frames, contexts: byHome, compensations: list, failedCompensations };
}

interface DecodedStanding {
  readonly frames: StepMap<Frame>;
  readonly contexts: StepMap<Json>;
  readonly compensations: CompensationList | null;
  readonly failedCompensations: readonly FailedCompensation[];
}

interface Pool {
  readonly values: Json[];
  put(value: Json): Ref;
}

function newPool(): Pool {
  const values: Json[] = [];
  const known = new Map<Json, Ref>();
  const put = (value: Json): Ref => {
    const ref = known.get(value) ?? values.length;
    if (ref === values.length) {
      values.push(value);
      known.set(value, ref);
    }
    return ref;
  };
  return { values, put };
}

function encodeFrame(pool: Pool, frame: Frame): EncodedFrame {
  const { id, parent, index, startedAt: at, deadline } = frame;
  return {
    id,
    parent,
    index,
    at,
    deadline,
    raw: pool.put(frame.raw),
    input: pool.put(frame.input),
    progress: encodeProgress(pool, frame.progress),
  };
}

function encodeProgress(pool: Pool, progress: Progress): EncodedProgress {
  switch (progress.kind) {
    case "fork":
      return {
        ...progress,
        branches: progress.branches.map((cursor) => encodeCursor(pool, cursor)),
        contexts: progress.contexts.map((context) => (context === undefined ? null : pool.put(context))),
      };
    case "loop":
      return { ...progress, items: pool.put(progress.items), cursor: encodeCursor(pool, progress.cursor) };
    case "listening":
      return {
        ...progress,
        items: pool.put(progress.items),
        queue: pool.put(progress.queue),
        outputs: pool.put(progress.outputs),
        current: pool.put(progress.current),
        cursor: encodeCursor(pool, progress.cursor),
      };
    case "list":
    case "trying":
    case "handling":
      return { ...progress, cursor: encodeCursor(pool, progress.cursor) };
    case "compensating":
      return encodeCompensating(pool, progress);
    case "instant":
    case "work":
    case "timer":
    case "subRun":
    case "delaying":
      return progress;
  }
}

function encodeCursor(pool: Pool, cursor: Cursor): EncodedCursor {
  switch (cursor.at) {
    case "next":
      return ["next", cursor.index, pool.put(cursor.data)];
    case "inside":
      return ["inside"];
    case "over":
      return ["over", pool.put(cursor.data), cursor.ends];
    case "faulted":
      return ["faulted", cursor.error];
  }
}

/** The state of a snapshot; null: it is of another version, or damaged, and the events must be read from the first. */
export function decodeState(workflow: Workflow, text: string): RunState | null {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return null;
  const { v, values, frames } = parsed.value;
  if (v !== snapshotVersion || !isArray(values) || !isArray(frames)) return null;
  return restore(workflow, parsed.value as unknown as Snapshot);
}

function restore(workflow: Workflow, snapshot: Snapshot): RunState {
  const { v: _version, values, frames: _frames, contexts: _contexts, compensations: _compensations, raw, output, ...rest } = snapshot;
  return {
    former: [],
    forkedFrom: null,
    slot: null,
    admitted: true,
    ...rest,
    raw: valueAt(values, raw),
    output: valueAt(values, output),
    ...decodeStanding(workflow, snapshot),
  };
}

function decodeCompensation(workflow: Workflow, encoded: EncodedCompensation, value: Values): Compensation {
  const { step, place, input, output, context, variables } = encoded;
  let task = rootTask(workflow);
  for (const { index, handling } of place) task = defined(listOf(task, handling)[index], `task ${index} of ${task.reference}`);
  return {
    step,
    place,
    task: defined(task.compensate, `the compensation of ${task.reference}`),
    input: value(input),
    output: value(output),
    context: value(context),
    variables: variables.map(value),
  };
}

/** The tasks below one: its own, or those of its catch. */
export function listOf(task: Task, handling: boolean): TaskList {
  return task.kind === "try" && handling ? (task.catch.do ?? []) : tasksOf(task, { kind: "instant" });
}

type Values = (ref: Ref) => Json;

function valueAt(values: readonly Json[], ref: Ref): Json {
  assert(ref in values, `Expected value ${ref} in a snapshot, but it is not there.`);
  return values[ref] as Json;
}

function decodeFrame(workflow: Workflow, frames: ReadonlyMap<StepId, Frame>, encoded: EncodedFrame, value: Values): Frame {
  const { id, parent, index, at, deadline } = encoded;
  const start = { at, input: value(encoded.input), ...(deadline !== null && { deadline }) };
  const frame =
    id === rootId
      ? rootFrame(workflow, start)
      : newFrame(defined(frames.get(parent), `step ${parent} of a snapshot`), id, index, value(encoded.raw), start);
  return { ...frame, progress: decodeProgress(workflow, encoded.progress, value) };
}

function decodeCompensating(
  workflow: Workflow,
  progress: Extract<EncodedProgress, { kind: "compensating" }>,
  value: Values,
): CompensatingProgress {
  const { current, cursor, then } = progress;
  return {
    ...progress,
    current: decodeCompensation(workflow, current, value),
    cursor: decodeCursor(cursor, value),
    then: then.kind === "resume" ? { kind: "resume", progress: decodeProgress(workflow, then.progress, value) } : then,
  };
}

function decodeProgress(workflow: Workflow, progress: EncodedProgress, value: Values): Progress {
  switch (progress.kind) {
    case "fork":
      return {
        ...progress,
        branches: progress.branches.map((cursor) => decodeCursor(cursor, value)),
        contexts: progress.contexts.map((context) => (context === null ? undefined : value(context))),
      };
    case "loop":
      return { ...progress, items: value(progress.items) as readonly Json[], cursor: decodeCursor(progress.cursor, value) };
    case "listening":
      return {
        ...progress,
        items: value(progress.items) as readonly Json[],
        queue: value(progress.queue) as readonly Json[],
        outputs: value(progress.outputs) as readonly Json[],
        current: value(progress.current),
        cursor: decodeCursor(progress.cursor, value),
      };
    case "list":
    case "trying":
    case "handling":
      return { ...progress, cursor: decodeCursor(progress.cursor, value) };
    case "compensating":
      return decodeCompensating(workflow, progress, value);
    case "instant":
    case "work":
    case "timer":
    case "subRun":
    case "delaying":
      return progress;
  }
}

function decodeCursor(cursor: EncodedCursor, value: Values): Cursor {
  switch (cursor[0]) {
    case "next":
      return { at: "next", index: cursor[1], data: value(cursor[2]) };
    case "inside":
      return inside;
    case "over":
      return { at: "over", data: value(cursor[1]), ends: cursor[2] };
    case "faulted":
      return { at: "faulted", error: cursor[1] };
  }
}
