// The definitions of a run: the one that it has now, and those that it had before it was migrated, or forked with another
// one. Its older events are read by the definition of their time.
import { defined } from "@baton/core";
import type { Workflow, WorkflowReference } from "@baton/dsl";
import type { WorkflowEvent } from "./events.ts";

/** A run's definition, with its former ones where there are any. */
export type Definitions = Workflow & { readonly former?: readonly Workflow[] };

/** A definition with those that a run had before. */
export function withFormer(workflow: Workflow, former: readonly Workflow[]): Definitions {
  const others = former.filter((one) => !isSame(one, workflow));
  return others.length === 0 ? workflow : { ...workflow, former: others };
}

/** The definitions of a run that goes on with another one. */
export function migratedTo(definitions: Definitions, to: Workflow): Definitions {
  return withFormer(to, [definitions, ...(definitions.former ?? [])]);
}

/** The definition that an event names. Of a run that had only one, that is it. */
export function definitionOf(definitions: Definitions, reference: WorkflowReference): Workflow {
  const { former } = definitions;
  if (former === undefined || isSame(definitions, reference)) return definitions;
  const found = former.find((one) => isSame(one, reference));
  return defined(found, `the definition ${reference.namespace}/${reference.name}@${reference.version}`);
}

/** The definitions that a run's events need, each once, in the order of their use. */
export function definitionsNamed(events: readonly WorkflowEvent[]): readonly WorkflowReference[] {
  const named: WorkflowReference[] = [];
  for (const event of events) if ("workflow" in event && !named.some((one) => isSame(one, event.workflow))) named.push(event.workflow);
  return named;
}

/** Whether two name the same definition. */
export function isSame(a: WorkflowReference, b: WorkflowReference): boolean {
  return a.version === b.version && a.name === b.name && a.namespace === b.namespace;
}
