// The definitions that a run needs: the one that it has, and those that it had before it was migrated or forked. Its
// older events are read by them, and the secrets that they might read are kept out of sight.
import type { Workflow, WorkflowReference } from "@baton/dsl";
import { isSameDefinition, withFormer, type Definitions } from "@baton/engine";
import type { Flows } from "./flows.ts";

/** The run's definition with the others that are named. */
export async function definitionsFor(
  flows: Flows,
  tenant: string,
  workflow: Workflow,
  named: readonly WorkflowReference[],
): Promise<Definitions> {
  // A migration that is not yet stored is known to the run, but not to its history.
  if (named.every((reference) => isSameDefinition(reference, workflow))) return workflow;
  return withFormer(workflow, await Promise.all(named.map((reference) => flows.workflow(tenant, reference))));
}
