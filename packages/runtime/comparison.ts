// Two versions of a flow side by side, and what that means for the runs that are under way.
import { BatonError } from "@baton/core";
import { diffFlows } from "@baton/engine";
import type { RunFilter, Store } from "@baton/storage";
import type { WorkflowReference } from "@baton/dsl";
import type { Flows } from "./flows.ts";
import { maxCheckedRuns } from "./limits.ts";
import type { Repairs } from "./repairs.ts";
import type { FlowComparison, FlowName, RunCheck } from "./runtime.ts";

/** What a comparison needs. */
export interface ComparisonParts {
  readonly store: Store;
  readonly flows: Flows;
  readonly repairs: Repairs;
}

/** Compares two versions of a flow; rejects with flow-unknown. */
export async function compareFlows(parts: ComparisonParts, tenant: string, flow: FlowName, to: string): Promise<FlowComparison> {
  const [before, after] = await Promise.all([parts.flows.workflow(tenant, flow), parts.flows.workflow(tenant, { ...flow, version: to })]);
  const { namespace, name } = before;
  const reference = (version: string): WorkflowReference => ({ namespace, name, version });
  const runs = await checkRuns(parts, tenant, reference(before.version), after.version);
  return { from: reference(before.version), to: reference(after.version), ...diffFlows(before, after), runs };
}

async function checkRuns(parts: ComparisonParts, tenant: string, from: WorkflowReference, to: string): Promise<RunCheck> {
  const { namespace, name: workflow, version } = from;
  const ofVersion: RunFilter = { kind: "text", column: "version", operator: "=", value: version, pattern: false };
  const ended: RunFilter = { kind: "has", of: "column", column: "endedAt" };
  const filter: RunFilter = { kind: "and", parts: [ofVersion, { kind: "not", part: ended }] };
  const live = await parts.store.listRuns({ tenant, namespace, workflow, filter, limit: maxCheckedRuns + 1 });
  const ids = live.slice(0, maxCheckedRuns).map(({ id }) => id);
  const results = await Promise.all(ids.map((id) => problemsOf(parts.repairs, tenant, id, to)));
  const known = results.flatMap((problems, i) => (problems === undefined ? [] : [{ id: ids[i] ?? "", problems }]));
  const unsafe = known.filter(({ problems }) => problems.length > 0);
  return { checked: known.length, safe: known.length - unsafe.length, unsafe, more: live.length > maxCheckedRuns };
}

/** Undefined: the run has ended meanwhile, or is gone. */
async function problemsOf(repairs: Repairs, tenant: string, id: string, version: string): Promise<readonly string[] | undefined> {
  try {
    return (await repairs.migrate(tenant, id, { version, check: true })).problems;
  } catch (error) {
    if (error instanceof BatonError && (error.code === "command-refused" || error.code === "run-unknown")) return undefined;
    throw error;
  }
}
