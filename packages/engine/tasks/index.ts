// The rules of every kind of task. A new kind is one file and one line here.
import type { TaskKind } from "@baton/dsl";
import type { Frame } from "../state.ts";
import { callRules } from "./call.ts";
import { doRules } from "./do.ts";
import { emitRules } from "./emit.ts";
import { forRules } from "./for.ts";
import { forkRules } from "./fork.ts";
import { listenRules } from "./listen.ts";
import { raiseRules } from "./raise.ts";
import type { TaskRules } from "./rules.ts";
import { runRules } from "./run.ts";
import { setRules } from "./set.ts";
import { switchRules } from "./switch.ts";
import { tryRules } from "./try.ts";
import { waitRules } from "./wait.ts";

const rules: { readonly [K in TaskKind]: TaskRules<K> } = {
  call: callRules,
  do: doRules,
  emit: emitRules,
  for: forRules,
  fork: forkRules,
  listen: listenRules,
  raise: raiseRules,
  run: runRules,
  set: setRules,
  switch: switchRules,
  try: tryRules,
  wait: waitRules,
};

/** The rules for a frame's task: of its own kind, which the table guarantees and the compiler cannot follow. */
export function rulesOf({ task }: Frame): TaskRules<TaskKind> {
  return rules[task.kind] as unknown as TaskRules<TaskKind>;
}
