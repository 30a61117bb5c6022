// What a kind of task must say about itself. The rest of a step's life is the same for all (flow.ts).
import type { Json } from "@baton/core";
import type { Task, TaskKind } from "@baton/dsl";
import { startStep, completeStep, faultStep } from "../flow.ts";
import type { Effect } from "../effects.ts";
import type { Scope } from "../scope.ts";
import { cursorAt, errorBelow, type Frame } from "../state.ts";
import type { Turn } from "../turn.ts";

/** The task of one kind. */
export type TaskOf<K extends TaskKind> = Extract<Task, { readonly kind: K }>;

/** The rules of one kind of task. Any of them may throw Raised, which faults the step. */
export interface TaskRules<K extends TaskKind> {
  /** Called once, when the step has started: does it, asks for it, or prepares its lists. */
  enter(turn: Turn, frame: Frame, task: TaskOf<K>): void;
  /** Called while the step is ready: makes one move (starts a child, completes, faults). */
  advance?(turn: Turn, frame: Frame, task: TaskOf<K>): void;
  /** What the world was asked for and has not yet answered. The same scope gives the same effects. */
  asks?(scope: Scope, frame: Frame, task: TaskOf<K>): readonly Effect[];
  /** The raw output that an answer amounts to; absent: the answer's own. */
  outputOf?(frame: Frame, task: TaskOf<K>, answer: Json): Json;
}

/** The move of a step that runs one list: the next task, or the end of it. */
export function advanceList(turn: Turn, frame: Frame): void {
  const cursor = cursorAt(frame.progress, 0);
  if (cursor?.at === "next") startStep(turn, frame, cursor.index);
  else if (cursor?.at === "over") completeStep(turn, frame);
  else passOn(turn, frame);
}

/** Faults a step with the error that it holds from below. */
export function passOn(turn: Turn, frame: Frame): void {
  const error = errorBelow(frame);
  if (error !== null) faultStep(turn, frame, error);
}

/** Nothing to prepare: the step's list is ready as it starts. */
export function enterList(): void {}
