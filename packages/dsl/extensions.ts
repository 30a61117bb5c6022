// Extensions (dsl-reference.md, "Extension"): tasks that run before and after others. An extended task lies in a `do`
// of its own name and reference, the first extension outermost. What `before` gives is dropped, unless it ends with
// `exit`: then the task is skipped, and that is its output. What `after` gives is dropped. Tasks of extensions are not
// extended; their references point into `use.extensions`, and `$task` in them is the task that is extended.
import { compile } from "@baton/expr";
import { child, emptyScope, type Context, type Scope, type TaskPlace } from "./context.ts";
import { readExpression } from "./expressions.ts";
import { standardVariables, type DoTask, type FlowDirective, type SwitchTask, type Task, type TaskBase, type TaskList } from "./ir.ts";
import { optional, present, readChoice, readSequence, readShape } from "./read.ts";
import type { ExtensionSource } from "./extension-source.ts";
import type { SourceNode } from "./source/node.ts";
import { readNamedItems } from "./tasks/items.ts";

const keys = ["extend", "when", "before", "after"];
const kinds = ["call", "do", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait"] as const;
const targets = ["all", "composite", ...kinds] as const;
/** `composite` is the older name of what runs other tasks. */
const composites: readonly string[] = ["do", "fork"];

/** Checks extensions in their own right: it may be that they extend nothing. */
export function checkExtensions(cx: Context, node: SourceNode): void {
  const list = readSequence(cx, node, "`extensions`");
  if (list === undefined) return;
  for (const { node: item } of readNamedItems(cx, list, "an extension", keys)) {
    const map = readShape(cx, item, { what: "an extension", keys, required: ["extend"] });
    if (map !== undefined) optional(map, "extend", (target) => readChoice(cx, target, "`extend`", targets));
  }
  for (const extension of cx.extensions) {
    readWhen(cx, extension, emptyScope);
    for (const part of ["before", "after"] as const) readTasks(cx, extension, part, emptyScope, undefined);
  }
}

/** The task as its extensions have it run: itself, where there are none. */
export function extendTask(cx: Context, task: Task, place: TaskPlace): Task {
  const applying = cx.extensions.filter(({ map }) => isTarget(child(map, "extend")?.json, task.kind));
  if (applying.length === 0) return task;
  const { if: condition, ...own } = task;
  const inner = applying.reduceRight<Task>((extended, extension) => wrap(cx, extended, extension, place), own);
  return condition === undefined ? inner : { ...inner, if: condition };
}

function isTarget(target: unknown, kind: Task["kind"]): boolean {
  return target === "all" || target === kind || (target === "composite" && composites.includes(kind));
}

function wrap(cx: Context, task: Task, extension: ExtensionSource, { scope }: TaskPlace): DoTask {
  const about = task.about ?? task;
  const before = readTasks(cx, extension, "before", scope, about);
  const after = readTasks(cx, extension, "after", scope, about);
  const behind = after.length === 0 ? [] : [behindTask(extension, task, after)];
  const around = wrapper(task, [...before, task, ...behind], { own: [before.length], goesOn: behind.length > 0 });
  const when = readWhen(cx, extension, scope);
  if (when === undefined) return around;
  return wrapper(task, [choice(extension, task, when), around, task], { own: [1, 2], goesOn: false });
}

function wrapper({ name, reference, definition, scope, then }: TaskBase, list: TaskList, extended: DoTask["extended"]): DoTask {
  return present<DoTask>({ kind: "do", name, reference, definition, scope, then, do: list, extended });
}

const goOn: FlowDirective = { kind: "continue" };

/** Decides whether the extension applies: its tasks come next, or the task alone behind them. */
function choice({ name, reference }: ExtensionSource, task: Task, when: NonNullable<Task["if"]>): SwitchTask {
  const { definition, scope } = task;
  const cases = [
    { name: "applies", when, then: goOn },
    { name: "otherwise", then: { kind: "task", index: 2 } as const },
  ];
  return { kind: "switch", name, reference, definition, scope, about: task.about ?? task, then: goOn, cases };
}

const compiledInput = compile("$input", { variables: standardVariables });

/** The tasks behind the extended one; its output goes past them. */
function behindTask({ reference }: ExtensionSource, { definition, scope }: Task, list: TaskList): DoTask {
  const output = compiledInput.ok ? { as: { kind: "expression", expression: compiledInput.expression } as const } : undefined;
  return present<DoTask>({
    kind: "do",
    name: "after",
    reference: `${reference}/after`,
    definition,
    scope,
    then: goOn,
    do: list,
    output,
  });
}

function readWhen(cx: Context, { map }: ExtensionSource, scope: Scope): Task["if"] {
  return optional(map, "when", (when) => readExpression(cx, when, "`when`", { point: "task", scope }));
}

type Part = "before" | "after";

function readTasks(cx: Context, extension: ExtensionSource, part: Part, scope: Scope, about: TaskBase | undefined): TaskList {
  const node = child(extension.map, part);
  if (node === undefined) return [];
  const inside: Context = { ...cx, extensions: [], about };
  const list = inside.list(node, { reference: `${extension.reference}/${part}`, scope, outer: undefined });
  cx.taskCount = inside.taskCount;
  return list;
}
