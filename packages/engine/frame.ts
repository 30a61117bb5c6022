// Frames as they begin: what is known of a step by its start alone. Replaying a start, reading a snapshot and moving a
// run to another version all make them here.
import { assert, defined, type Instant, type Json } from "@baton/core";
import type { Task, Workflow } from "@baton/dsl";
import type { StepId } from "./answers.ts";
import { childVariables, cursorAt, rootId, rootTask, tasksOf, type Cursor, type ForkProgress, type Frame, type Progress } from "./state.ts";

/** What is known of a step by its start alone. */
export interface StepStart {
  readonly at: Instant;
  readonly input?: Json;
  readonly deadline?: Instant;
}

/** The frame of the step that starts under `parent`, whose cursor still holds its raw input. */
export function nextFrame(parent: Frame, id: StepId, index: number, start: StepStart): Frame {
  const cursor = cursorAt(parent.progress, index);
  assert(cursor?.at === "next", `Expected step ${parent.id} to be ready for its next, but it is not.`);
  return newFrame(parent, id, index, cursor.data, start);
}

/** A step's frame as it begins. */
export function newFrame(parent: Frame, id: StepId, index: number, raw: Json, start: StepStart): Frame {
  const { progress } = parent;
  const task = defined(tasksOf(parent.task, progress)[index], `task ${index} of step ${parent.id}`);
  const input = start.input === undefined ? raw : start.input;
  return {
    id,
    parent: parent.id,
    index,
    task,
    home: progress.kind === "fork" || progress.kind === "compensating" ? id : parent.home,
    depth: parent.depth + 1,
    attempt: progress.kind === "trying" ? progress.attempt : parent.attempt,
    startedAt: start.at,
    raw,
    input,
    variables: childVariables(parent),
    deadline: start.deadline ?? null,
    progress: firstProgress(task, input),
  };
}

function firstProgress(task: Task, input: Json): Progress {
  switch (task.kind) {
    case "do":
      return { kind: "list", cursor: listFrom(0, task.do.length, input) };
    case "fork":
      return forkProgress(task.branches.length, input);
    case "try":
      return { kind: "trying", attempt: 1, cursor: listFrom(0, task.try.length, input), deadline: null, limit: null, last: false };
    case "call":
      return task.call.kind === "function" ? { kind: "instant" } : { kind: "work" };
    case "run":
      return task.run.kind === "workflow" ? { kind: "instant" } : { kind: "work" };
    case "set":
    case "switch":
    case "for":
    case "raise":
    case "wait":
    case "listen":
    case "emit":
      return { kind: "instant" };
  }
}

function forkProgress(branches: number, input: Json): ForkProgress {
  return {
    kind: "fork",
    branches: Array.from({ length: branches }, (_, index): Cursor => ({ at: "next", index, data: input })),
    contexts: Array.from({ length: branches }, () => undefined),
    first: null,
    fault: null,
  };
}

/** The workflow's own frame as it begins. */
export function rootFrame(workflow: Workflow, start: StepStart & { readonly input: Json }): Frame {
  const { at, input, deadline = null } = start;
  return {
    id: rootId,
    parent: rootId,
    index: 0,
    task: rootTask(workflow),
    home: rootId,
    depth: 0,
    attempt: 1,
    startedAt: at,
    raw: input,
    input,
    variables: [],
    deadline,
    progress: { kind: "list", cursor: listFrom(0, workflow.do.length, input) },
  };
}

/** The cursor of a list that goes on at that index, or is over behind its last task. */
export function listFrom(index: number, length: number, data: Json): Cursor {
  return index < length ? { at: "next", index, data } : { at: "over", data, ends: false };
}
