// Lists of tasks, and what all tasks have in common (dsl-reference.md, "Task").
import { escapePointer, nearest } from "@baton/core";
import type { Context, ListPlace, TaskPlace } from "../context.ts";
import { readInput, readOutput } from "../data.ts";
import { readTimeout } from "../durations.ts";
import { extendTask } from "../extensions.ts";
import { readExpression, type Point, type Site } from "../expressions.ts";
import { readDirective } from "../flow.ts";
import type { Task, TaskBase, TaskKind, TaskList } from "../ir.ts";
import { maxTasks } from "../limits.ts";
import { checkApproval } from "../approval.ts";
import { readAttributes } from "../attributes.ts";
import { refuseConcurrency } from "../concurrency.ts";
import { checkIdempotencyKey, readIdempotencyKey } from "../idempotency.ts";
import { readCompensation } from "../compensate.ts";
import { checkMetadata, readPlacement, taskKeys } from "../metadata.ts";
import { listOf, optional, present, readMapping, reportMissingKeys, reportUnknownKeys, wrongType } from "../read.ts";
import type { MappingNode, SourceNode } from "../source/node.ts";
import { callCompiler } from "./call.ts";
import { doCompiler } from "./do.ts";
import { emitCompiler } from "./emit.ts";
import { forCompiler } from "./for.ts";
import { forkCompiler } from "./fork.ts";
import { readNamedItems } from "./items.ts";
import type { KindCompiler } from "./kind.ts";
import { listenCompiler } from "./listen.ts";
import { raiseCompiler } from "./raise.ts";
import { runCompiler } from "./run.ts";
import { setCompiler } from "./set.ts";
import { switchCompiler } from "./switch.ts";
import { tryCompiler } from "./try.ts";
import { waitCompiler } from "./wait.ts";

const compilers: { readonly [Kind in TaskKind]: KindCompiler<Kind> } = {
  call: callCompiler,
  do: doCompiler,
  emit: emitCompiler,
  for: forCompiler,
  fork: forkCompiler,
  listen: listenCompiler,
  raise: raiseCompiler,
  run: runCompiler,
  set: setCompiler,
  switch: switchCompiler,
  try: tryCompiler,
  wait: waitCompiler,
};

const commonKeys = ["if", "input", "output", "export", "timeout", "then", "metadata"];
const kindNames = Object.keys(compilers) as TaskKind[];

/** Keys that stand below a task's name, and would be an odd name for one. */
const fields = [...kindNames, ...commonKeys, "with", "catch", "while", "foreach"];

/** Compiles a list of tasks. */
export function compileList(cx: Context, node: SourceNode, place: ListPlace): TaskList {
  if (node.kind !== "sequence") {
    wrongType(cx, node, "this", "a list of tasks", "begin each task with a dash");
    return [];
  }
  const items = readNamedItems(cx, node, "a task", fields);
  const siblings = new Map<string, number>();
  for (const { name, index } of items) if (!siblings.has(name)) siblings.set(name, index);
  const lists = { names: new Set(siblings.keys()), outer: place.outer };
  return items.flatMap(({ name, index, node }) => {
    const reference = `${place.reference}/${index}/${escapePointer(name)}`;
    const branches = place.branches === undefined ? {} : { branches: place.branches };
    return cx.task(name, node, { reference, scope: place.scope, siblings, lists, ...branches }) ?? [];
  });
}

/** Compiles one task; undefined when its kind is unknown. */
export function compileTask(cx: Context, name: string, node: SourceNode, place: TaskPlace): Task | undefined {
  if (++cx.taskCount > maxTasks) {
    const message = `The workflow has more than ${maxTasks} tasks, each call of a function counted with the function's`;
    if (cx.taskCount === maxTasks + 1) cx.problems.add("too-many-tasks", node, node, message);
    return undefined;
  }
  const map = readMapping(cx, node, "a task");
  if (map === undefined) return undefined;
  const kind = readKind(cx, map, name);
  if (kind === undefined) return undefined;
  const site = (point: Point): Site => ({ point, scope: place.scope });
  const base = readBase(cx, map, name, place, site);
  const task = compilers[kind].compile(cx, { map, base, place, site: site("task") });
  checkIdempotencyKey(cx, map, task);
  checkApproval(cx, map, task);
  // A function's task has its call's reference, which means the call.
  if (place.lists === undefined) return task;
  cx.tasks.set(place.reference, task);
  return extendTask(cx, task, place);
}

function readBase(cx: Context, map: MappingNode, name: string, place: TaskPlace, site: (point: Point) => Site): TaskBase {
  optional(map, "metadata", (metadata) => checkMetadata(cx, metadata, site("task"), taskKeys));
  refuseConcurrency(cx, map);
  return present<TaskBase>({
    name,
    reference: place.reference,
    definition: map.json,
    about: cx.about,
    scope: place.scope.names,
    if: optional(map, "if", (node) => readExpression(cx, node, "`if`", site("task if"))),
    input: optional(map, "input", (node) => readInput(cx, node, "a task's `input`", site("task input"))),
    output: optional(map, "output", (node) => readOutput(cx, node, "a task's `output`", site("task output"))),
    export: optional(map, "export", (node) => readOutput(cx, node, "a task's `export`", site("task export"))),
    timeout: optional(map, "timeout", (node) => readTimeout(cx, node, site("task"))),
    attributes: readAttributes(cx, map, site("task export")),
    idempotencyKey: readIdempotencyKey(cx, map, site("task")),
    placement: readPlacement(cx, map, site("task")),
    compensate: readCompensation(cx, name, map, place),
    then: optional(map, "then", (node) => readDirective(cx, node, place)) ?? { kind: "continue" },
  });
}

/** Finds the kind of a task, and reports the keys that do not belong to it. */
function readKind(cx: Context, map: MappingNode, name: string): TaskKind | undefined {
  const [kind, second] = kindsOf(map);
  if (kind === undefined) {
    reportNoKind(cx, map, name);
    return undefined;
  }
  const entry = second === undefined ? undefined : map.entries.get(second);
  if (entry !== undefined) {
    const message = `The task \`${name}\` is of two kinds at once, \`${kind}\` and \`${second}\``;
    cx.problems.add("task-kind", entry.at, map, message, "make two tasks of it");
    return undefined;
  }
  const own = compilers[kind];
  reportUnknownKeys(cx, map, { what: `a \`${kind}\` task`, keys: [...own.keys, ...commonKeys] });
  reportMissingKeys(cx, map, { what: `a \`${kind}\` task`, keys: [], required: own.required });
  return kind;
}

/** The kinds whose keys the task has. The `do` of a `for` is its body. */
function kindsOf(map: MappingNode): TaskKind[] {
  const kinds = kindNames.filter((kind) => map.entries.has(kind));
  return kinds.includes("for") ? kinds.filter((kind) => kind !== "do") : kinds;
}

/** Keys from which the kind can be told that was meant. */
const companions: { readonly [key: string]: string } = { with: "call", catch: "try", while: "for", foreach: "listen" };

/** One message for a task without a kind: the key that was mistyped, the one that is missing, or none at all. */
function reportNoKind(cx: Context, map: MappingNode, name: string): void {
  for (const entry of map.entries.values()) {
    const near = commonKeys.includes(entry.key) ? undefined : nearest(entry.key, kindNames);
    if (near === undefined || companions[entry.key] !== undefined) continue;
    cx.problems.add("unknown-key", entry.at, entry.value, `\`${entry.key}\` is not a kind of task`, `did you mean \`${near}\`?`);
    return;
  }
  const companion = Object.keys(companions).find((key) => map.entries.has(key));
  const kind = companion === undefined ? undefined : companions[companion];
  const message =
    kind === undefined
      ? `The task \`${name}\` does nothing: no key says its kind`
      : `The task \`${name}\` has \`${companion}\`, but not \`${kind}\``;
  cx.problems.add("task-kind", map.label, map, message, kind === undefined ? `the kinds are ${listOf(kindNames)}` : `add \`${kind}\``);
}
