// `set`: data, given as a mapping or as one expression (dsl-reference.md, "Set").
import { readExpressionOrMapping } from "../expressions.ts";
import { invalid, optional } from "../read.ts";
import type { KindCompiler } from "./kind.ts";

export const setCompiler: KindCompiler<"set"> = {
  keys: ["set"],
  required: ["set"],
  compile(cx, { map, base, site }) {
    const set = optional(map, "set", (node) => {
      if (node.kind === "mapping" && node.entries.size === 0) invalid(cx, node, "`set` sets nothing", "give at least one key");
      return readExpressionOrMapping(cx, node, "`set`", site);
    });
    return { ...base, kind: "set", set: set ?? { kind: "constant", value: null } };
  },
};
