// `fork`: branches side by side (dsl-reference.md, "Fork").
import { child } from "../context.ts";
import { optional, readBoolean, readShape } from "../read.ts";
import type { KindCompiler } from "./kind.ts";

export const forkCompiler: KindCompiler<"fork"> = {
  keys: ["fork"],
  required: ["fork"],
  compile(cx, { map, base, place }) {
    const fork = optional(map, "fork", (node) =>
      readShape(cx, node, { what: "`fork`", keys: ["branches", "compete"], required: ["branches"] }),
    );
    const branches = fork && child(fork, "branches");
    const inside = { reference: `${place.reference}/fork/branches`, scope: place.scope, branches: true, outer: place.lists } as const;
    return {
      ...base,
      kind: "fork",
      compete: (fork && optional(fork, "compete", (node) => readBoolean(cx, node, "`compete`"))) ?? false,
      branches: branches ? cx.list(branches, inside) : [],
    };
  },
};
