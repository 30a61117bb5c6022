// A batch of jobs on its way to the thread of the database: one text, with the values of each row in the order of its
// statement. Cloning the rows as objects costs both threads three times as much.
import type { JobBatch, JobOutput, JobOutputKey, JobState, JobUpdate, StoredJob, StoredObject, SubmissionKey } from "../job-port.ts";
import type { NewDelivery } from "../webhook-port.ts";

/** A value of a column. */
export type Value = string | number | null;

/** A batch as lists of values. */
export interface PackedJobs {
  readonly inserts: readonly (readonly Value[])[];
  readonly updates: readonly (readonly Value[])[];
  readonly outputs: readonly (readonly Value[])[];
  readonly cuts: readonly (readonly Value[])[];
  readonly keys: readonly (readonly Value[])[];
  readonly deliveries: readonly NewDelivery[];
  readonly deliveriesTenant: string;
  /** Count, last instant, and the entries as the text that is stored. */
  readonly audit: readonly [number, number, string] | null;
  readonly objects: readonly (readonly Value[])[];
}

/** The batch as a text. */
export function packJobs(batch: JobBatch): string {
  const { inserts, updates, outputs = [], cutOutputs = [], objects = [], keys = [], keysTenant = "", deliveries = [], audit = [] } = batch;
  const packed: PackedJobs = {
    inserts: inserts.map(insertValues),
    updates: updates.map(updateValues),
    outputs: outputs.map(outputValues),
    cuts: cutOutputs.map(cutValues),
    keys: keys.map((key) => keyValues(keysTenant, key)),
    objects: objects.map(objectValues),
    deliveries,
    deliveriesTenant: keysTenant,
    audit: audit.length === 0 ? null : [audit.length, audit.at(-1)?.at ?? 0, JSON.stringify(audit)],
  };
  return JSON.stringify(packed);
}

/** The columns of what changes, in the order of both statements. */
export const stateColumns = [
  "status",
  "active",
  "attempt",
  "failures",
  "losses",
  "node",
  "not_before",
  "cancelling",
  "started_at",
  "ended_at",
  "result",
] as const;

/** All columns, in the order of the insert. */
export const jobColumns = ["tenant", "id", "graph", "queue", "kind", "name", "submitted_at", "spec", ...stateColumns] as const;

function insertValues(job: StoredJob): Value[] {
  const { tenant, id, graph, queue, kind, name, submittedAt, spec } = job;
  return [tenant, id, graph, queue, kind, name, submittedAt, spec, ...stateValues(job)];
}

function updateValues(job: JobUpdate): Value[] {
  return [...stateValues(job), job.tenant, job.id];
}

function stateValues(job: JobState): Value[] {
  const { status, active, attempt, failures, losses, node, notBefore, cancelling, startedAt, endedAt, result } = job;
  return [status, active ? 1 : 0, attempt, failures, losses, node, notBefore, cancelling ? 1 : 0, startedAt, endedAt, result];
}

function outputValues({ tenant, id, attempt, position, bytes, stream, at, text }: JobOutput): Value[] {
  return [tenant, id, attempt, position, bytes, stream, at, text];
}

function cutValues({ tenant, id, attempt, position }: JobOutputKey): Value[] {
  return [tenant, id, attempt, position];
}

function objectValues({ tenant, kind, name, spec, updatedAt }: StoredObject): Value[] {
  return [tenant, kind, name, spec, updatedAt];
}

function keyValues(tenant: string, { key, fingerprint, runId, at }: SubmissionKey): Value[] {
  return [tenant, key, fingerprint, runId, at];
}
