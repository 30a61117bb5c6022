// The scheduler's state from the store, after a start: queues and policy, then the nodes that have jobs, their jobs, and what
// waits, in the order in which it came and as if no time had passed since.
import type { Store, StoredJob } from "@baton/storage";
import type { LogRecord } from "../log-record.ts";
import { jobFromRow, type Job } from "./job.ts";
import { recoveryJobs } from "./limits.ts";
import { OutputBook } from "./output-book.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { nodeOfRow } from "./node-record.ts";
import type { Nodes } from "./nodes.ts";

/** What a start works with. */
export interface JobRecoveryParts {
  readonly store: Store;
  readonly tenant: string;
  readonly scheduler: LiveScheduler;
  readonly nodes: Nodes;
  readonly log: (record: LogRecord) => void;
}

/** Takes up what the store holds; gives how many jobs that were. */
export async function recoverJobs({ store, tenant, scheduler, nodes, log }: JobRecoveryParts): Promise<number> {
  const jobs = (await activeJobs(store)).map(jobFromRow);
  const active = new Set(jobs.map(({ id }) => id));
  const gangs = gangSizes(jobs);
  // What a job waited for and is not there any more has completed: anything else would have ended it too.
  for (const job of jobs) job.after = job.after.filter((id) => active.has(id));
  await recoverNodes(store, tenant, nodes, jobs);
  const waiting: Job[] = [];
  for (const job of frozenFirst(jobs)) {
    const node = job.node === null ? undefined : nodes.get(job.node);
    if (node === undefined) {
      waiting.push(job);
      continue;
    }
    job.ordered = true;
    // Its node may have frozen it, and what would have said so got lost: what is not to be frozen is told to go on.
    job.wasSuspended = job.definition.work.kind !== "function";
    job.output = new OutputBook(job.outputLimits, await store.readOutput(tenant, job.id, job.attempt, 0, keptPieces));
    scheduler.adopt(job, node.id, gangs);
    node.jobs.set(job.id, job);
  }
  for (const submission of submissionsOf(waiting)) scheduler.readmit(submission, gangs);
  // Somebody wanted these to end, and no node has them that could say so.
  for (const job of waiting) if (job.cancelling && !job.ended) scheduler.finish(job, "cancelled", {});
  if (jobs.length > 0)
    log({ level: "info", message: `Took up ${jobs.length} jobs: ${jobs.length - waiting.length} on nodes, ${waiting.length} waiting.` });
  return jobs.length;
}

/** What is frozen holds hardly anything: taken up first, it makes no node look fuller than it is. */
function frozenFirst(jobs: readonly Job[]): readonly Job[] {
  const isFrozen = ({ status }: Job): boolean => status === "suspended";
  return [...jobs.filter(isFrozen), ...jobs.filter((job) => !isFrozen(job))];
}

async function activeJobs(store: Store): Promise<StoredJob[]> {
  const all: StoredJob[] = [];
  for (;;) {
    const page = await store.activeJobs(all.at(-1) ?? null, recoveryJobs);
    all.push(...page);
    if (page.length < recoveryJobs) return all;
  }
}

/** More pieces than an attempt can have kept. */
const keptPieces = 1_000_000;

/**
 * The nodes that were there, as they were: each has one lease's time to come back. Those that were lost are remembered; what has
 * neither jobs nor a key, nor is wanted to take no jobs, is forgotten.
 */
async function recoverNodes(store: Store, tenant: string, nodes: Nodes, jobs: readonly Job[]): Promise<void> {
  const used = new Set(jobs.flatMap(({ node }) => node ?? []));
  for (const row of await store.listObjects(tenant, "node")) {
    const record = nodeOfRow(row);
    const isKept = record.keyDigest !== null || record.wanted !== "ready";
    if (used.has(row.name) || (isKept && record.lastSeen === null)) nodes.expect(record);
    else if (isKept) nodes.remember(record, record.lastSeen ?? row.updatedAt);
    else await store.deleteObject(tenant, "node", row.name);
  }
}

/** How many members of each gang are left: those that have ended are not waited for. */
function gangSizes(jobs: readonly Job[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { definition } of jobs) {
    const id = definition.placement.gang?.id;
    if (id !== undefined) sizes.set(id, (sizes.get(id) ?? 0) + 1);
  }
  return sizes;
}

/** Jobs that came together are taken up together: they may wait for each other. */
function submissionsOf(jobs: readonly Job[]): Job[][] {
  const submissions: Job[][] = [];
  let last: Job | undefined;
  for (const job of jobs) {
    const isSame = last !== undefined && job.identity.graph !== null && job.identity.graph === last.identity.graph;
    if (isSame) submissions.at(-1)?.push(job);
    else submissions.push([job]);
    last = job;
  }
  return submissions;
}
