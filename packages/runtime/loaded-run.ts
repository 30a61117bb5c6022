// A run in memory: its state after every decision so far, the ones that are not stored yet included.
//
// Invariants: `durable <= version`; the state is the one after `version` decisions; a run that is `broken` (a
// decision of it could not be stored) is in no table any more, and nothing is decided on it.
import { incidentOf, isActive, reasonOf, statusOf, type Definitions, type RunState } from "@baton/engine";
import type { RunSummary } from "@baton/storage";

/** One loaded run. */
export interface LoadedRun {
  readonly tenant: string;
  readonly id: string;
  /** With its former ones, where they were needed to read the run. */
  workflow: Definitions;
  state: RunState;
  /** As last decided; stored with the decision that changed it. */
  summary: RunSummary;
  /** Decisions so far. */
  version: number;
  /** Decisions that are stored. */
  durable: number;
  snapshotVersion: number;
  broken: boolean;
  /** Used since the table last looked for runs to let go. */
  recent: boolean;
}

/** The run's summary for that state: the old object where nothing that it says has changed. */
export function summaryFor(old: RunSummary, state: RunState): RunSummary {
  const status = statusOf(state);
  const active = isActive(state);
  const reason = reasonOf(state, status);
  const incident = incidentOf(state);
  const { namespace, name: workflow, version } = state.workflow;
  const isSame = old.status === status && old.active === active && old.reason === reason && old.version === version;
  if (isSame && old.incident === incident) return old;
  return { ...old, namespace, workflow, version, status, active, endedAt: state.endedAt, reason, incident };
}

/** The summary of a run that has just been started. */
export function firstSummary(state: RunState): RunSummary {
  const { namespace, name, version } = state.workflow;
  const status = statusOf(state);
  return {
    tenant: state.tenant,
    id: state.id,
    namespace,
    workflow: name,
    version,
    status,
    active: isActive(state),
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    parentId: state.parent?.runId ?? null,
    forkedFrom: state.forkedFrom?.runId ?? null,
    reason: reasonOf(state, status),
    incident: null,
  };
}

/** How many runs are looked at for each one that comes: so the table shrinks back, and no single run pays for it. */
const looksPerRun = 8;

/** The runs that are loaded, by id. Lets go of those not used lately once there are more than it may hold. */
export class RunTable {
  readonly #runs = new Map<string, LoadedRun>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#runs.size;
  }

  get(tenant: string, id: string): LoadedRun | undefined {
    const run = this.#runs.get(id);
    if (run === undefined || run.tenant !== tenant) return undefined;
    run.recent = true;
    return run;
  }

  add(run: LoadedRun): void {
    this.#runs.set(run.id, run);
    if (this.#runs.size > this.#limit) this.#letGo();
  }

  /** Forgets this very object; another one of the same id stays. */
  drop(run: LoadedRun): void {
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id);
  }

  /** A second chance for those used since the last look; a run with a decision that is not stored must stay. */
  #letGo(): void {
    let looks = looksPerRun;
    for (const run of this.#runs.values()) {
      if (this.#runs.size <= this.#limit || looks-- === 0) return;
      this.#runs.delete(run.id);
      if (run.recent || run.durable < run.version) this.#runs.set(run.id, run);
      run.recent = false;
    }
  }
}
