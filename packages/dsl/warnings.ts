// Warnings about a document that is otherwise right: tasks that nothing leads to, definitions that nothing uses.
import { child, type Context, type DefinitionKind } from "./context.ts";
import type { FlowDirective, Task, TaskList } from "./ir.ts";
import { isText, type MappingNode, type SourceNode } from "./source/node.ts";

/** Warns of the definitions of `use` that nothing names. */
export function warnOfUnusedDefinitions(cx: Context, root: SourceNode): void {
  const kinds: readonly DefinitionKind[] = ["authentications", "errors", "functions", "retries", "timeouts"];
  for (const kind of kinds) {
    for (const { key, at, value } of cx.definitions[kind].values()) {
      if (!cx.used[kind].has(key)) cx.problems.add("unused-definition", at, value, `Nothing uses \`${key}\` of \`use.${kind}\``);
    }
  }
  const use = root.kind === "mapping" ? child(root, "use") : undefined;
  const secrets = use?.kind === "mapping" ? child(use, "secrets") : undefined;
  for (const name of secrets?.kind === "sequence" ? secrets.items : []) {
    if (isText(name) && !cx.secretsRead.has(name.json))
      cx.problems.add("unused-definition", name, name, `No expression reads the secret \`${name.json}\``);
  }
}

/** Warns of the tasks that no way through their list reaches. */
export function warnOfUnreachableTasks(cx: Context, list: TaskList, node: SourceNode): void {
  if (node.kind !== "sequence") return;
  const reached = reachable(list);
  list.forEach((task, index) => {
    const item = node.items[index];
    const entry = item?.kind === "mapping" ? item.entries.get(task.name) : undefined;
    if (entry === undefined) return;
    if (!reached.has(index)) cx.problems.add("unreachable-task", entry.at, entry.value, `Nothing leads to the task \`${task.name}\``);
    if (entry.value.kind === "mapping") warnInside(cx, task, entry.value);
  });
}

/** The lists inside a task. Branches of a fork all run, so that only what lies in them is looked at. */
function warnInside(cx: Context, task: Task, map: MappingNode): void {
  const warn = (list: TaskList | undefined, ...path: string[]): void => {
    const node = path.reduce<SourceNode | undefined>((at, key) => (at?.kind === "mapping" ? child(at, key) : undefined), map);
    if (list !== undefined && node !== undefined) warnOfUnreachableTasks(cx, list, node);
  };
  if (task.kind === "do" || task.kind === "for") warn(task.do, "do");
  if (task.kind === "try") {
    warn(task.try, "try");
    warn(task.catch.do, "catch", "do");
  }
  if (task.kind === "listen") warn(task.foreach?.do, "foreach", "do");
  if (task.kind === "fork") task.branches.forEach((branch, index) => warnInBranch(cx, branch, index, map));
}

function warnInBranch(cx: Context, branch: Task, index: number, map: MappingNode): void {
  const fork = child(map, "fork");
  const branches = fork?.kind === "mapping" ? child(fork, "branches") : undefined;
  const item = branches?.kind === "sequence" ? branches.items[index] : undefined;
  const node = item?.kind === "mapping" ? child(item, branch.name) : undefined;
  if (node?.kind === "mapping") warnInside(cx, branch, node);
}

function reachable(list: TaskList): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [0];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const task = list[index];
    if (task === undefined || reached.has(index)) continue;
    reached.add(index);
    const next = index + 1;
    if (task.if !== undefined) open.push(next);
    for (const directive of directivesOf(task)) {
      if (directive.kind === "continue") open.push(next);
      if (directive.kind === "task") open.push(directive.index);
    }
  }
  return reached;
}

/** Where the flow may go after a task that ran. An error that is raised goes nowhere in its own list. */
function directivesOf(task: Task): readonly FlowDirective[] {
  const extended = task.kind === "do" ? task.do[task.extended?.own[0] ?? -1] : undefined;
  if (extended !== undefined) return directivesOf(extended);
  switch (task.kind) {
    case "raise":
      return [];
    case "switch": {
      const cases = task.cases.map(({ then }) => then);
      return task.cases.some(({ when }) => when === undefined) ? cases : [...cases, task.then];
    }
    case "try":
      return task.catch.then === undefined ? [task.then] : [task.then, task.catch.then];
    default:
      return [task.then];
  }
}
