// `wait`: a duration (dsl-reference.md, "Wait").
import { readDuration } from "../durations.ts";
import { optional } from "../read.ts";
import type { KindCompiler } from "./kind.ts";

export const waitCompiler: KindCompiler<"wait"> = {
  keys: ["wait"],
  required: ["wait"],
  compile(cx, { map, base, site }) {
    const wait = optional(map, "wait", (node) => readDuration(cx, node, "`wait`", site));
    return { ...base, kind: "wait", wait: wait ?? { kind: "constant", duration: { months: 0, ms: 0 } } };
  },
};
