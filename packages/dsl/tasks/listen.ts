// `listen`: waits for events, and may do something with each (dsl-reference.md, "Listen", "Subscription Iterator").
import { readApproval } from "../approval.ts";
import { child, extendScope, type Context } from "../context.ts";
import { readOutput } from "../data.ts";
import { readStrategy } from "../event-strategy.ts";
import type { EventIterator, EventReading, EventStrategy } from "../ir.ts";
import { invalid, optional, present, readChoice, readShape } from "../read.ts";
import type { SourceNode } from "../source/node.ts";
import type { KindCompiler, TaskSource } from "./kind.ts";
import { readVariableName } from "./variables.ts";

const readings: readonly EventReading[] = ["data", "envelope", "raw"];
const nothing: EventStrategy = { kind: "all", filters: [] };

export const listenCompiler: KindCompiler<"listen"> = {
  keys: ["listen", "foreach"],
  required: ["listen"],
  compile(cx, source) {
    const { map, base, site } = source;
    const listen = optional(map, "listen", (node) => readShape(cx, node, { what: "`listen`", keys: ["to", "read"], required: ["to"] }));
    const foreach = optional(map, "foreach", (node) => readIterator(cx, node, source));
    const approval = readApproval(cx, map);
    return {
      ...base,
      kind: "listen",
      to: (listen && optional(listen, "to", (node) => readStrategy(cx, node, site))) ?? nothing,
      read: (listen && optional(listen, "read", (node) => readChoice(cx, node, "`read`", readings))) ?? "data",
      ...(foreach && { foreach }),
      ...(approval && { approval }),
    };
  },
};

function readIterator(cx: Context, node: SourceNode, { place }: TaskSource): EventIterator | undefined {
  const map = readShape(cx, node, { what: "`foreach`", keys: ["item", "at", "do", "output", "export"] });
  if (map === undefined) return undefined;
  const name = (key: string, byDefault: string): string =>
    optional(map, key, (value) => readVariableName(cx, value, `\`${key}\``, place.scope, byDefault)) ?? byDefault;
  const [item, at] = [name("item", "item"), name("at", "index")];
  if (item === at) invalid(cx, child(map, "at") ?? map, `The item and its index are both called $${item}`, "give them different names");
  const scope = extendScope(place.scope, [item, at]);
  return present<EventIterator>({
    item,
    at,
    do: optional(map, "do", (tasks) => cx.list(tasks, { reference: `${place.reference}/foreach/do`, scope, outer: place.lists })),
    output: optional(map, "output", (output) => readOutput(cx, output, "an item's `output`", { point: "task output", scope })),
    export: optional(map, "export", (output) => readOutput(cx, output, "an item's `export`", { point: "task export", scope })),
  });
}
