// What the compiler of one kind of task provides.
import type { Context, TaskPlace } from "../context.ts";
import type { Site } from "../expressions.ts";
import type { Task, TaskBase, TaskKind } from "../ir.ts";
import type { MappingNode } from "../source/node.ts";

/** A task that is being compiled. */
export interface TaskSource {
  /** The task's mapping; only the keys that every task has are compiled already. */
  readonly map: MappingNode;
  readonly base: TaskBase;
  readonly place: TaskPlace;
  /** Where the fields of the task's definition are evaluated. */
  readonly site: Site;
}

/** How a kind of task is compiled. */
export interface KindCompiler<Kind extends TaskKind> {
  /** The keys that belong to the kind, besides those that every task has; the kind's own name among them. */
  readonly keys: readonly string[];
  readonly required: readonly string[];
  compile(cx: Context, source: TaskSource): Extract<Task, { kind: Kind }>;
}
