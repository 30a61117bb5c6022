// What an idempotency key amounts to (`metadata.baton.idempotencyKey`): a short text that can stand in a header. A key that
// cannot be had is an error, never none: going on without it would do twice what was to be done once.
import type { Json, Result } from "@baton/core";
import type { Template, Workflow } from "@baton/dsl";
import { describe, expressionError, fill } from "./evaluate.ts";
import type { Facts } from "./facts.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowError } from "./work.ts";
import { Raised } from "./workflow-error.ts";

/** Characters of a key. */
const longestKey = 255;
const visible = /^[!-~](?:[ -~]*[!-~])?$/;

/** The key that a template gives; raises an expression error where that is none. */
export function idempotencyKey(scope: Scope, template: Template, input: Json): string {
  const value = fill(scope, template, input);
  if (typeof value === "number") return String(value);
  if (typeof value !== "string" || value === "")
    throw expressionError(
      scope,
      `The idempotency key should be a text or a number, but it is ${value === "" ? "empty" : describe(value)}.`,
    );
  if (value.length > longestKey)
    throw expressionError(scope, `The idempotency key has ${value.length} characters, more than ${longestKey}.`);
  if (!visible.test(value))
    throw expressionError(scope, "The idempotency key may hold visible ASCII characters and spaces between them only.");
  return value;
}

/** The key of a run that is to be started, where its workflow has one; undefined: it has none. */
export function startKey(
  workflow: Workflow,
  facts: Facts,
  run: { readonly id: string; readonly input: Json },
): Result<string | undefined, WorkflowError> {
  const template = workflow.idempotencyKey;
  if (template === undefined) return { ok: true, value: undefined };
  const own = { id: run.id, raw: run.input, startedAt: facts.now, depth: 0 };
  const none = { context: null, input: null, output: null, variables: [], task: null };
  const scope: Scope = { workflow, run: own, facts, now: facts.now, instance: "/document/metadata/baton/idempotencyKey", ...none };
  try {
    return { ok: true, value: idempotencyKey(scope, template, run.input) };
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return { ok: false, error: error.error };
  }
}
