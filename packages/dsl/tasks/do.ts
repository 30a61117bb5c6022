// `do`: tasks one after another (dsl-reference.md, "Do").
import { child } from "../context.ts";
import type { KindCompiler } from "./kind.ts";

export const doCompiler: KindCompiler<"do"> = {
  keys: ["do"],
  required: ["do"],
  compile(cx, { map, base, place }) {
    const tasks = child(map, "do");
    const inside = { reference: `${place.reference}/do`, scope: place.scope, outer: place.lists };
    return { ...base, kind: "do", do: tasks ? cx.list(tasks, inside) : [] };
  },
};
