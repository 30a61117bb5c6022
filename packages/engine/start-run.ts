// The start of a run: the workflow's input is validated and transformed before its first task (dsl.md, "Data Flow").
import type { Json } from "@baton/core";
import { setAttributes } from "./attributes.ts";
import { slotOf } from "./concurrency.ts";
import { checkSize } from "./data-size.ts";
import type { Command } from "./commands.ts";
import { fill, instantAfter, validate } from "./evaluate.ts";
import { faultRun } from "./flow.ts";
import type { Scope } from "./scope.ts";
import { rootId, type Slot } from "./state.ts";
import { emit, type Turn } from "./turn.ts";
import { Raised } from "./workflow-error.ts";

type StartRun = Extract<Command, { readonly type: "StartRun" }>;

/** Starts the run; an input that is refused faults it at once. */
export function startRun(turn: Turn, command: StartRun): void {
  const { runId, tenant, input: raw, parent, depth = 0 } = command;
  const { namespace, name, version } = command.workflow;
  const workflow = { namespace, name, version };
  const begin = (own: { readonly input?: Json; readonly deadline?: number; readonly slot?: Slot }): void =>
    emit(turn, { type: "RunStarted", runId, tenant, workflow, raw, ...own, ...(parent && { parent }), depth });
  try {
    const own = inputOf(turn, command);
    begin(own);
    const { attributes } = turn.workflow;
    const input = own.input ?? raw;
    if (attributes !== undefined) setAttributes(turn, attributes, { ...scopeBefore(turn, command), context: input, input }, input);
    turn.ready.push(rootId);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    begin({});
    faultRun(turn, error.error);
  }
}

function inputOf(turn: Turn, command: StartRun): { readonly input?: Json; readonly deadline?: number; readonly slot?: Slot } {
  const { input: rule, timeout, concurrency } = turn.workflow;
  const raw = command.input;
  const scope = scopeBefore(turn, command);
  validate(scope, rule?.schema, raw, "input");
  const input = rule?.from === undefined ? raw : fill(scope, rule.from, raw);
  if (input !== raw) checkSize(scope.instance, input, "input");
  const timeoutScope = { ...scope, context: input, input, instance: "/timeout" };
  const deadline = timeout && instantAfter(timeoutScope, timeout, input, turn.facts.now);
  const slot = concurrency && slotOf({ ...scope, context: input, input }, concurrency, input);
  return { ...(slot !== undefined && { slot }), ...(input !== raw && { input }), ...(deadline !== undefined && { deadline }) };
}

/** There is no context and no task yet. */
function scopeBefore({ workflow, facts }: Turn, { runId, input, depth = 0 }: StartRun): Scope {
  const run = { id: runId, raw: input, startedAt: facts.now, depth };
  return { workflow, run, facts, now: facts.now, instance: "/input", context: null, input: null, output: null, variables: [], task: null };
}
