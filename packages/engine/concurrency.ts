// Runs that may not all go on at once (`metadata.baton.concurrency`): one claims a slot when it starts, waits as `pending`
// until it is admitted, and gives the slot back when it ends, however it does. Who has which slot is the world's to know.
import type { ConcurrencyRule, WorkflowReference } from "@baton/dsl";
import type { Json } from "@baton/core";
import { describe, expressionError, fill } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowError } from "./work.ts";
import { standardError } from "./workflow-error.ts";
import { rootId, type RunState, type Slot } from "./state.ts";

/** Characters of a key. */
const longestKey = 200;

/** The slot that a run needs; raises an expression error where its key is none. */
export function slotOf(scope: Scope, { key, limit, onConflict }: ConcurrencyRule, input: Json): Slot {
  return {
    key: key === undefined ? "" : keyOf({ ...scope, instance: "/document/metadata/baton/concurrency/key" }, fill(scope, key, input)),
    limit,
    onConflict,
  };
}

function keyOf(scope: Scope, value: Json): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value === "")
    throw expressionError(
      scope,
      `The concurrency key should be a text or a number, but it is ${value === "" ? "empty" : describe(value)}.`,
    );
  if (value.length > longestKey || /\p{Cc}/u.test(value))
    throw expressionError(scope, `The concurrency key should have at most ${longestKey} characters, and no control characters.`);
  return value;
}

/** The lock that slots of this key are permits of, in the flow's namespace. */
export function slotLock({ name }: Pick<WorkflowReference, "name">, { key }: Pick<Slot, "key">): string {
  return key === "" ? `flow/${name}` : `flow/${name}/${key}`;
}

/** The error of a run that can never have its slot. */
export function slotRefused(reason: string): WorkflowError {
  return standardError("runtime", "/document/metadata/baton/concurrency", {
    title: "The run cannot go on beside the others",
    detail: reason,
  });
}

/** Whether the run waits for its slot. What it undoes it undoes without one. */
export function awaitsSlot({ phase, slot, admitted, frames }: RunState): boolean {
  if (slot === null || admitted || (phase !== "running" && phase !== "suspended")) return false;
  return frames.get(rootId)?.progress.kind !== "compensating";
}
