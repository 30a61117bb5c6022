// What a deployment asks of jobs and nodes for its replicas.
import { BatonError, type Instant, type Millis } from "@baton/core";
import type { ReplicaPhase, ReplicaSet } from "@baton/scheduler";
import type { Clock } from "../clock.ts";
import type { Jobs } from "../jobs/jobs.ts";
import { storeRetryMs } from "../jobs/limits.ts";
import { readSubmission } from "../jobs/read/submission.ts";
import type { JobView } from "../jobs/view.ts";
import { asInstance, replicaJob } from "./replica-job.ts";
import type { DeploymentSpec } from "./spec.ts";

/** Which try of which replica. */
export interface ReplicaTry {
  readonly spec: DeploymentSpec;
  readonly createdAt: Instant;
  readonly id: number;
  readonly tries: number;
  readonly port: number | null;
}

/** The try's job, submitted or found; a text says why there is none. A store that takes nothing is asked again. */
export async function submitReplica(
  { jobs, clock }: { readonly jobs: Jobs; readonly clock: Clock },
  { spec, createdAt, id, tries, port }: ReplicaTry,
): Promise<JobView | string> {
  const { package: pack } = spec;
  const read = readSubmission(replicaJob(spec, id, port), jobs.readingFacts());
  if (!read.ok) return read.error.map(({ detail }) => detail).join("; ");
  const written = pack === undefined ? read.value : read.value.map((job) => asInstance(job, pack));
  const idempotencyKey = `deployment ${spec.name} ${createdAt} ${id}.${tries}`;
  for (let pauseMs: Millis = storeRetryMs.first; ; pauseMs = Math.min(pauseMs * 2, storeRetryMs.longest)) {
    try {
      const [job] = (await jobs.desk.submit({ jobs: written, idempotencyKey, fingerprint: idempotencyKey, by: `deployment ${spec.name}` }))
        .jobs;
      if (job !== undefined) return job;
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      if (!error.retryable) return `${error.message} (${error.code})`;
    }
    await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
  }
}

/** How many replicas are in a phase. */
export function replicaCount({ replicas }: ReplicaSet, phase: ReplicaPhase): number {
  return replicas.filter((replica) => replica.phase === phase).length;
}
