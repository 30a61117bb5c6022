// The input of a run that a schedule starts.
import { formatInstant, type Instant, type Json } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { fill } from "../evaluate.ts";
import type { Facts } from "../facts.ts";
import type { Scope } from "../scope.ts";
import type { WorkflowError } from "../work.ts";
import { Raised } from "../workflow-error.ts";

/** The input, or the error that its expression ended with. */
export function scheduledInput(
  workflow: Workflow,
  facts: Facts,
  run: { readonly id: string; readonly at: Instant },
): { readonly ok: true; readonly input: Json } | { readonly ok: false; readonly error: WorkflowError } {
  const template = workflow.schedule?.input;
  if (template === undefined) return { ok: true, input: null };
  const data = { scheduledAt: formatInstant(run.at) };
  const own = { id: run.id, raw: null, startedAt: facts.now, depth: 0 };
  const none = { context: null, input: null, output: null, variables: [], task: null };
  const scope: Scope = { workflow, run: own, facts, now: facts.now, instance: "/document/metadata/baton/schedule/input", ...none };
  try {
    return { ok: true, input: fill(scope, template, data) };
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    return { ok: false, error: error.error };
  }
}
