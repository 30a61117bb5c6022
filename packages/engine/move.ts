// Puts what is under way into another definition: each step is found again by its name in the list of its parent, and must be
// of the same kind. What would be lost is a problem, and nothing is moved then.
//
// What has ended needs no counterpart: it is in the events, which are read by the definition of their time. Steps keep
// their ids, inputs, instants and deadlines, so timers and calls under way stay what they are.
import type { FlowDirective, Task, TaskList, Workflow } from "@baton/dsl";
import type { StepId } from "./answers.ts";
import { listed } from "./compensation.ts";
import { newFrame, rootFrame } from "./frame.ts";
import { listOf, type Standing } from "./snapshot.ts";
import {
  rootId,
  rootTask,
  tasksOf,
  type Compensation,
  type CompensationList,
  type Cursor,
  type ForkProgress,
  type Frame,
  type Place,
  type Progress,
} from "./state.ts";

/** A standing in another definition, or all that keeps it from being there. */
export type Moved = { readonly ok: true; readonly standing: Standing } | { readonly ok: false; readonly problems: readonly string[] };

/** Moves a standing from one definition to another. */
export function moveStanding(from: Workflow, standing: Standing, to: Workflow): Moved {
  const move = new Move(from, to);
  for (const frame of standing.frames.values()) move.frame(frame);
  const compensations = move.compensations(standing.compensations ?? null);
  const { frames, problems } = move;
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, standing: { ...standing, frames, compensations } };
}

class Move {
  readonly frames = new Map<StepId, Frame>();
  readonly problems: string[] = [];
  readonly #old = new Map<StepId, Frame>();
  readonly #from: Workflow;
  readonly #to: Workflow;

  constructor(from: Workflow, to: Workflow) {
    this.#from = from;
    this.#to = to;
  }

  /** Parents come before their children; what has lost its parent is told with it. */
  frame(old: Frame): void {
    this.#old.set(old.id, old);
    const bare = old.id === rootId ? this.#root(old) : this.#child(old);
    if (bare === undefined) return;
    this.frames.set(old.id, { ...bare, startedAt: old.startedAt });
    const progress = this.#progress(old, bare);
    if (progress !== undefined) this.frames.set(old.id, { ...bare, progress });
  }

  compensations(list: CompensationList | null): CompensationList | null {
    const old: Compensation[] = [];
    for (let one = list; one !== null; one = one.before) old.push(one.latest);
    return old.reduceRight<CompensationList | null>((before, one) => {
      const latest = this.#compensation(one);
      return latest === undefined ? before : listed(latest, before);
    }, null);
  }

  #root(old: Frame): Frame {
    const { startedAt: at, input, deadline } = old;
    return rootFrame(this.#to, { at, input, ...(deadline !== null && { deadline }) });
  }

  #child(old: Frame): Frame | undefined {
    const parent = this.frames.get(old.parent);
    if (parent === undefined) return undefined;
    const above = this.#old.get(old.parent);
    const index = above && counterpart(tasksOf(above.task, above.progress), old.index, tasksOf(parent.task, parent.progress));
    if (index === undefined) return this.#lost(old, "is under way");
    const { id, raw, input, deadline, startedAt: at } = old;
    const frame = newFrame(parent, id, index, raw, { at, input, ...(deadline !== null && { deadline }) });
    if (kindOf(frame.task) === kindOf(old.task)) return frame;
    return this.#problem(`${describe(old)} is under way as ${kindOf(old.task)}, and is ${kindOf(frame.task)} there`);
  }

  #progress(old: Frame, now: Frame): Progress | undefined {
    const { progress } = old;
    switch (progress.kind) {
      case "list":
        return this.#list(old, now, progress);
      case "loop":
      case "trying":
      case "handling":
        return this.#withCursor(old, now, progress);
      case "fork":
        return this.#fork(old, now, progress);
      case "listening":
        if (sameField(old.task, now.task, "listen")) return this.#withCursor(old, now, progress);
        return this.#problem(`${describe(old)} listens, and listens to something else there`);
      case "compensating":
        return this.#problem(`${describe(old)} is undoing what was done`);
      case "instant":
      case "work":
      case "timer":
      case "subRun":
      case "delaying":
        return progress;
    }
  }

  #list(old: Frame, now: Frame, progress: Extract<Progress, { kind: "list" }>): Progress | undefined {
    const { leaves } = progress;
    if (leaves?.kind !== "task") return this.#withCursor(old, now, progress);
    const directive = this.#directive(old, leaves);
    return directive && this.#withCursor(old, now, { ...progress, leaves: directive });
  }

  /** Where a list leads when it is over lies in the list around it. */
  #directive(old: Frame, { index }: Extract<FlowDirective, { kind: "task" }>): FlowDirective | undefined {
    const [before, after] = [this.#old.get(old.parent), this.frames.get(old.parent)];
    const found = before && after && counterpart(tasksOf(before.task, before.progress), index, tasksOf(after.task, after.progress));
    return found === undefined ? this.#problem(`what comes after ${describe(old)} is not there`) : { kind: "task", index: found };
  }

  #withCursor<P extends Extract<Progress, { readonly cursor: Cursor }>>(old: Frame, now: Frame, progress: P): P | undefined {
    const cursor = this.#cursor(old, now, progress.cursor);
    return cursor && { ...progress, cursor };
  }

  #cursor(old: Frame, now: Frame, cursor: Cursor): Cursor | undefined {
    if (cursor.at !== "next") return cursor;
    const before = tasksOf(old.task, old.progress);
    const index = counterpart(before, cursor.index, tasksOf(now.task, old.progress));
    if (index !== undefined) return { ...cursor, index };
    return this.#problem(`the next task of ${describe(old)} is \`${before[cursor.index]?.name ?? ""}\`, which is not there`);
  }

  /** Branches that are new are to be started; one that has begun must be there. */
  #fork(old: Frame, now: Frame, progress: ForkProgress): Progress | undefined {
    const before = tasksOf(old.task, progress);
    const after = tasksOf(now.task, progress);
    const lost = before.filter((_, i) => progress.branches[i]?.at !== "next" && counterpart(before, i, after) === undefined);
    if (lost.length > 0)
      return this.#problem(`the branch \`${lost.map(({ name }) => name).join("`, `")}\` of ${describe(old)} has begun, and is not there`);
    const places = after.map(({ name }) => before.findIndex((task) => task.name === name));
    const first = progress.first === null ? -1 : places.indexOf(progress.first);
    return {
      ...progress,
      branches: places.map((place, index): Cursor => {
        const cursor = progress.branches[place];
        if (cursor === undefined) return { at: "next", index, data: old.input };
        return cursor.at === "next" ? { ...cursor, index } : cursor;
      }),
      contexts: places.map((place) => progress.contexts[place]),
      first: first < 0 ? null : first,
    };
  }

  #compensation(one: Compensation): Compensation | undefined {
    let [old, now]: [Task, Task | undefined] = [rootTask(this.#from), rootTask(this.#to)];
    const place: Place[] = [];
    for (const { step, index, handling } of one.place) {
      const before = listOf(old, handling);
      const after: TaskList = now === undefined ? [] : listOf(now, handling);
      const found = counterpart(before, index, after);
      old = before[index] ?? old;
      now = found === undefined ? undefined : after[found];
      place.push({ step, index: found ?? index, handling });
    }
    if (now?.compensate !== undefined) return { ...one, place, task: now.compensate };
    return this.#problem(`step ${one.step} (${old.reference}) is done, and what undoes it is not there`);
  }

  #lost(frame: Frame, how: string): undefined {
    return this.#problem(`${describe(frame)} ${how}, and is not there`);
  }

  #problem(text: string): undefined {
    this.problems.push(text);
    return undefined;
  }
}

/** The place in a list of the task of another list; of several with one name (an extended task has them) the same one in their order. */
function counterpart(from: TaskList, index: number, to: TaskList): number | undefined {
  const name = from[index]?.name;
  const before = from.slice(0, index).filter((task) => task.name === name).length;
  const places = [...to.keys()].filter((place) => to[place]?.name === name);
  return places[before];
}

function describe({ id, task }: Frame): string {
  return id === rootId ? "the workflow" : `step ${id} (${task.reference})`;
}

/** What a task is, as far as a step of it that is under way must go on as the same. */
export function kindOf(task: Task): string {
  if (task.kind === "call") return `call: ${task.call.kind}`;
  return task.kind === "run" ? `run: ${task.run.kind}` : task.kind;
}

function sameField(a: Task, b: Task, field: string): boolean {
  return JSON.stringify(a.definition[field]) === JSON.stringify(b.definition[field]);
}
