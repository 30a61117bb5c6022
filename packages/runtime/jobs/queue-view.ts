// Queues as people see them: what was applied, what is in them and what they have in use.
import type { Amounts, QueueSpec } from "@baton/scheduler";
import type { Job } from "./job.ts";

/** A queue and what is in it, all below it included. */
export interface QueueView {
  readonly spec: QueueSpec;
  /** The queue at the top above it. */
  readonly tenant: string;
  /** Jobs wait only in queues without queues below them. */
  readonly isLeaf: boolean;
  readonly waiting: number;
  readonly pending: number;
  readonly running: number;
  readonly suspended: number;
  readonly used: Amounts;
}

interface Tally {
  waiting: number;
  pending: number;
  running: number;
  suspended: number;
  readonly used: { [resource: string]: number };
}

/** Every queue of the tree, in the order of names. */
export function viewQueues(tree: readonly QueueSpec[], jobs: Iterable<Job>): readonly QueueView[] {
  const specs = new Map(tree.map((spec) => [spec.id, spec]));
  const tallies = new Map(tree.map(({ id }) => [id, newTally()]));
  for (const job of jobs)
    for (const id of upFrom(specs, job.definition.placement.queue ?? "default")) {
      const tally = tallies.get(id);
      if (tally !== undefined && !job.ended) count(tally, job);
    }
  const inner = new Set(tree.map(({ parent }) => parent));
  return [...specs.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((spec) => ({
      spec,
      tenant: [...upFrom(specs, spec.id)].at(-1) ?? spec.id,
      isLeaf: !inner.has(spec.id),
      ...(tallies.get(spec.id) ?? newTally()),
    }));
}

function newTally(): Tally {
  return { waiting: 0, pending: 0, running: 0, suspended: 0, used: {} };
}

/** A queue and those above it. */
function* upFrom(specs: ReadonlyMap<string, QueueSpec>, id: string): Generator<string> {
  for (let spec = specs.get(id); spec !== undefined; spec = spec.parent === undefined ? undefined : specs.get(spec.parent)) yield spec.id;
}

function count(tally: Tally, job: Job): void {
  if (job.node === null) {
    if (job.status === "waiting") tally.waiting++;
    else tally.pending++;
    return;
  }
  if (job.status === "suspended") tally.suspended++;
  else tally.running++;
  for (const [resource, amount] of Object.entries(job.definition.placement.requests)) {
    tally.used[resource] = (tally.used[resource] ?? 0) + amount;
  }
}
