// What the contract's tests store: short to write, and different from each other where it counts.
import type { Commit, RunSummary, StoredDefinition } from "../port.ts";

export const tenant = "acme";

/** A running run's summary. */
export function summary(id: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    tenant,
    id,
    namespace: "shop",
    workflow: "order",
    version: "1.0.0",
    status: "running",
    active: true,
    startedAt: 1_000,
    endedAt: null,
    parentId: null,
    forkedFrom: null,
    reason: null,
    incident: null,
    ...changes,
  };
}

/** The commit that starts a run. */
export function start(id: string, changes: Partial<Commit> = {}): Commit {
  return { tenant, runId: id, expectedVersion: 0, envelopes: [`${id}-1`], summary: summary(id), ...changes };
}

/** A commit that appends one envelope. */
export function step(id: string, expectedVersion: number, changes: Partial<Commit> = {}): Commit {
  return { tenant, runId: id, expectedVersion, envelopes: [`${id}-${expectedVersion + 1}`], ...changes };
}

/** The commit that ends a run. */
export function end(id: string, expectedVersion: number, changes: Partial<Commit> = {}): Commit {
  const ended = summary(id, { status: "completed", active: false, endedAt: 2_000 });
  return step(id, expectedVersion, { summary: ended, ...changes });
}

/** A registered workflow. */
export function definition(name: string, version: string, changes: Partial<StoredDefinition> = {}): StoredDefinition {
  return { tenant, namespace: "shop", name, version, source: `source of ${name} ${version}`, createdAt: 1_000, ...changes };
}
