// `metadata.baton.compensate`: the tasks that undo a task once it has completed. They see what it saw, and itself as
// `$done`: its input and its output.
import { extendScope, type Context, type TaskPlace } from "./context.ts";
import type { DoTask } from "./ir.ts";
import { metadataOf } from "./metadata.ts";
import { invalid, readSequence } from "./read.ts";
import type { MappingNode } from "./source/node.ts";

/** The task that was done, for those that undo it. */
const variable = "done";

/** The compensation of a task as a list of its own; undefined: it has none. */
export function readCompensation(cx: Context, name: string, map: MappingNode, place: TaskPlace): DoTask | undefined {
  const node = metadataOf(map, "compensate");
  const tasks = node && readSequence(cx, node, "`compensate`");
  if (tasks === undefined) return undefined;
  if (cx.compensating === cx.calling.length)
    invalid(cx, tasks, "What undoes a task cannot be undone itself", "leave it out; a `try` can answer its errors");
  if (tasks.items.length === 0) invalid(cx, tasks, "`compensate` holds no tasks", "write what undoes the task, or leave it out");
  const reference = `${place.reference}/metadata/baton/compensate`;
  const scope = extendScope(place.scope, [variable]);
  const inside: Context = { ...cx, compensating: cx.calling.length };
  const list = inside.list(tasks, { reference, scope, outer: undefined });
  cx.taskCount = inside.taskCount;
  return { kind: "do", name: `compensate ${name}`, reference, definition: {}, scope: scope.names, then: { kind: "continue" }, do: list };
}
