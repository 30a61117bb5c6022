// Jobs, their output and the objects of the cluster as a store keeps them. What a job is lies in its `spec`, opaque to the
// store and never changed; the other columns are what changes, and what jobs are found by.
import type { Instant } from "@baton/core";
import type { AuditEntry } from "./audit-port.ts";
import type { NewDelivery } from "./webhook-port.ts";

/** What changes of a job. */
export interface JobState {
  readonly status: string;
  /** True until the job has ended. */
  readonly active: boolean;
  /** How often it was placed; the fencing token of its latest placement. */
  readonly attempt: number;
  /** How many attempts failed, and how many lost their node. */
  readonly failures: number;
  readonly losses: number;
  /** Where it is, or was last. */
  readonly node: string | null;
  /** It does not start before. */
  readonly notBefore: Instant | null;
  /** Somebody wants it to end. */
  readonly cancelling: boolean;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** What came of it, opaque to the store. */
  readonly result: string | null;
}

/** A job as it is stored. */
export interface StoredJob extends JobState {
  readonly tenant: string;
  readonly id: string;
  /** The id of the submission, where it had several jobs. */
  readonly graph: string | null;
  readonly queue: string;
  readonly kind: string;
  readonly name: string | null;
  readonly submittedAt: Instant;
  readonly spec: string;
}

/** A change of a job that is stored. */
export interface JobUpdate extends JobState {
  readonly tenant: string;
  readonly id: string;
}

/** A piece of what an attempt wrote. */
export interface JobOutput {
  readonly tenant: string;
  readonly id: string;
  readonly attempt: number;
  /** Where it begins, in bytes of UTF-8 since the attempt did; a gap before it was cut out. */
  readonly position: number;
  readonly bytes: number;
  readonly stream: "stdout" | "stderr";
  readonly at: Instant;
  readonly text: string;
}

/** Which piece of output. */
export type JobOutputKey = Pick<JobOutput, "tenant" | "id" | "attempt" | "position">;

/** An idempotency key of a submission. */
export interface SubmissionKey {
  readonly key: string;
  readonly fingerprint: string;
  /** The id of the submission's first job. */
  readonly runId: string;
  readonly at: Instant;
}

/** What one transaction changes. Writing the same batch again changes nothing. */
export interface JobBatch {
  readonly inserts: readonly StoredJob[];
  readonly updates: readonly JobUpdate[];
  readonly outputs?: readonly JobOutput[];
  readonly cutOutputs?: readonly JobOutputKey[];
  /** Created or replaced. */
  readonly objects?: readonly StoredObject[];
  readonly keys?: readonly SubmissionKey[];
  readonly keysTenant?: string;
  /** Of the same tenant as the keys. When the batch is written again they come again: receivers know them by their id. */
  readonly deliveries?: readonly NewDelivery[];
  /** What was decided, of the same tenant; it comes again too. */
  readonly audit?: readonly AuditEntry[];
}

/** Which jobs. */
export interface JobQuery {
  readonly tenant: string;
  readonly status?: string;
  readonly queue?: string;
  readonly graph?: string;
  /** Only those whose id sorts before this one. */
  readonly before?: string;
  /** Only those whose id sorts behind this one, and the oldest first. */
  readonly after?: string;
  readonly limit: number;
}

/** Which jobs are to be forgotten. */
export interface ForgottenJobs {
  readonly tenant: string;
  /** Only those with a lesser id. */
  readonly before: string;
  readonly endedBefore: Instant;
  readonly limit: number;
}

/** Something of the cluster that people edit or that is to be remembered: a queue, a node, the policy. */
export interface StoredObject {
  readonly tenant: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: string;
  readonly updatedAt: Instant;
}

/** The part of a store that is about jobs. */
export interface JobStore {
  /** Durable when it resolves; when it rejects, none of it happened. */
  commitJobs(batch: JobBatch): Promise<void>;
  readJob(tenant: string, id: string): Promise<StoredJob | null>;
  /** Those of them that there are, in any order. */
  readJobs(tenant: string, ids: readonly string[]): Promise<readonly StoredJob[]>;
  /** The newest first, unless `after` is given; ids sort by time. */
  listJobs(query: JobQuery): Promise<readonly StoredJob[]>;
  /** Jobs of all tenants that have not ended, in the order in which they were stored. */
  activeJobs(after: { readonly tenant: string; readonly id: string } | null, limit: number): Promise<readonly StoredJob[]>;
  /** Pieces of an attempt's output from a position on, in their order. */
  readOutput(tenant: string, id: string, attempt: number, from: number, limit: number): Promise<readonly JobOutput[]>;
  /** With what they wrote, and the idempotency keys of submissions whose first job is forgotten; answers how many jobs. */
  forgetJobs(which: ForgottenJobs): Promise<number>;
  /** Creates or replaces. */
  putObject(object: StoredObject): Promise<void>;
  /** Answers false when there is none. */
  deleteObject(tenant: string, kind: string, name: string): Promise<boolean>;
  /** By name. */
  listObjects(tenant: string, kind: string): Promise<readonly StoredObject[]>;
}
