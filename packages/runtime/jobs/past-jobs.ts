// Jobs of the past, as a simulation replays them. They are read from the store a page at a time, the oldest first, so that
// it does not matter how many there are; what is submitted while they are read does not come.
import { firstIdAt, type Instant, type Millis } from "@baton/core";
import type { JobSpec } from "@baton/scheduler";
import type { Store, StoredJob } from "@baton/storage";
import { jobFromRow, type JobStatus } from "./job.ts";

/** Which jobs of the past. */
export interface PastWindow {
  /** Submitted then or later. */
  readonly since?: Instant;
  /** Submitted before; now when nothing is said. */
  readonly until?: Instant;
  /** Only of these queues. */
  readonly queues?: ReadonlySet<string>;
}

/** What a job asked for, and what became of it. */
export interface PastJob {
  /** As the scheduler was told of it when it was submitted. */
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly submittedAt: Instant;
  /** When its last attempt began. */
  readonly startedAt: Instant | null;
  /** Null: it has not ended. */
  readonly endedAt: Instant | null;
  readonly node: string | null;
  /** How long its last attempt ran, time in which it was frozen included. */
  readonly ranMs: Millis;
}

/** Each row may carry a payload of 256 KiB. */
const pageSize = 200;

/** Pages of jobs by the time of their submission; a page may be empty. */
export async function* pastJobs(store: Store, tenant: string, window: PastWindow, now: Instant): AsyncGenerator<readonly PastJob[]> {
  const { since = 0, until = now + 1, queues } = window;
  const before = firstIdAt("job", Math.max(0, until));
  let after = firstIdAt("job", Math.max(0, since));
  for (;;) {
    const rows = await store.listJobs({ tenant, after, before, limit: pageSize });
    yield rows.filter(({ queue }) => queues === undefined || queues.has(queue)).map(pastJob);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageSize) return;
    after = last.id;
  }
}

function pastJob(row: StoredJob): PastJob {
  const { id, definition, after, status, identity, startedAt, endedAt, node, result } = jobFromRow(row);
  const { keepImpossible: _, ...placement } = definition.placement;
  const ran = startedAt === null || endedAt === null ? 0 : Math.max(0, endedAt - startedAt);
  return {
    spec: { ...placement, id, ...(after.length > 0 && { after }) },
    status,
    submittedAt: identity.submittedAt,
    startedAt,
    endedAt,
    node,
    ranMs: Math.round(result?.usage?.wallMs ?? ran),
  };
}
