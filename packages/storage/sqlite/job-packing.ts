// A batch of jobs on its way to the thread of the database: one text, with the values of the rows by column, in the order of
// their statement. Most of the jobs of a batch are alike in most of their columns, whose value is written once; their specs
// mostly begin alike. Cloning the rows as objects costs both threads five times as much.
import { subjectsOf, type AuditEntry } from "../audit-port.ts";
import type { JobBatch, JobOutput, JobOutputKey, JobState, JobUpdate, StoredJob, StoredObject, SubmissionKey } from "../job-port.ts";
import type { NewDelivery } from "../webhook-port.ts";

/** Rows by column: a list of one value for each row, or the one that all of them have. */
export interface Columns {
  readonly rows: number;
  readonly columns: readonly (Value | readonly Value[])[];
  /** The column whose texts begin like the one before: each as how much of that, and the rest. */
  readonly alike?: number;
}

/** A value of a column. */
export type Value = string | number | null;

/** The changes of jobs of a batch. */
export interface PackedChanges {
  readonly inserts: Columns;
  readonly updates: Columns;
}

/** All else of a batch, as lists of values. */
export interface PackedRest {
  readonly outputs: readonly (readonly Value[])[];
  readonly cuts: readonly (readonly Value[])[];
  readonly keys: readonly (readonly Value[])[];
  readonly deliveries: readonly NewDelivery[];
  readonly deliveriesTenant: string;
  /** Count, last instant, and the entries as the text that is stored. */
  readonly audit: readonly [number, number, string] | null;
  readonly objects: readonly (readonly Value[])[];
}

/** A batch as two texts: the changes of jobs, and the rest. Either is empty where there is nothing of it. */
export type PackedJobs = [changes: string, rest: string];

/** Packs a batch. */
export function packJobs(batch: JobBatch): PackedJobs {
  const { inserts, updates, outputs = [], cutOutputs = [], objects = [], keys = [], deliveries = [], audit = [] } = batch;
  const hasRest = [outputs, cutOutputs, objects, keys, deliveries, audit].some(({ length }) => length > 0);
  return [inserts.length + updates.length === 0 ? "" : packChanges(batch), hasRest ? packRest(batch) : ""];
}

function packChanges({ inserts, updates }: JobBatch): string {
  const packed: PackedChanges = {
    inserts: columnsOf(inserts, readInsert, specColumn),
    updates: columnsOf(updates, readUpdate),
  };
  return JSON.stringify(packed);
}

function packRest({
  outputs = [],
  cutOutputs = [],
  objects = [],
  keys = [],
  keysTenant = "",
  deliveries = [],
  audit = [],
}: JobBatch): string {
  const packed: PackedRest = {
    outputs: outputs.map(outputValues),
    cuts: cutOutputs.map(cutValues),
    keys: keys.map((key) => keyValues(keysTenant, key)),
    objects: objects.map(objectValues),
    deliveries,
    deliveriesTenant: keysTenant,
    audit: packAudit(audit),
  };
  return JSON.stringify(packed);
}

/** Entries of one commit as they are stored: count, last instant, and their text. */
export function packAudit(entries: readonly AuditEntry[]): PackedRest["audit"] {
  if (entries.length === 0) return null;
  return [entries.reduce((sum, one) => sum + subjectsOf(one), 0), entries.at(-1)?.at ?? 0, JSON.stringify(entries)];
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

const specColumn = jobColumns.indexOf("spec");

/** Rows as columns; `alike`: the column whose texts mostly begin like the one before. */
export function columnsOf<Row>(rows: readonly Row[], reads: readonly ((row: Row) => Value)[], alike?: number): Columns {
  const columns = rows.length === 0 ? [] : reads.map((read, i) => columnOf(rows, read, i === alike));
  const isShortened = alike !== undefined && Array.isArray(columns[alike]);
  return { rows: rows.length, columns, ...(isShortened && { alike }) };
}

function columnOf<Row>(rows: readonly Row[], read: (row: Row) => Value, isAlike: boolean): Value | readonly Value[] {
  const first = read(rows[0] as Row);
  if (rows.every((row) => read(row) === first)) return first;
  return isAlike ? withoutBeginnings(rows.map((row) => String(read(row)))) : rows.map(read);
}

/** Calls back with the values of each row, in a list that is used again. */
export function eachRow({ rows, columns, alike }: Columns, then: (values: readonly Value[]) => void): void {
  const lists = columns.map((column, i) => (isList(column) ? (i === alike ? withBeginnings(column) : column) : undefined));
  const values = columns.map((column) => (isList(column) ? null : column));
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < values.length; i++) {
      const list = lists[i];
      if (list !== undefined) values[i] = list[row] as Value;
    }
    then(values);
  }
}

function isList(column: Value | readonly Value[]): column is readonly Value[] {
  return Array.isArray(column);
}

/** Each text as the length of what it has in common with the one before, and its rest. */
function withoutBeginnings(texts: readonly string[]): Value[] {
  const shortened: Value[] = [];
  let beginning = "";
  let before = "";
  for (const text of texts) {
    if (beginning === "" || !text.startsWith(beginning)) beginning = commonBeginning(before, text);
    shortened.push(beginning.length, text.slice(beginning.length));
    before = text;
  }
  return shortened;
}

function withBeginnings(shortened: readonly Value[]): string[] {
  const texts: string[] = [];
  let before = "";
  for (let i = 0; i < shortened.length; i += 2) {
    before = before.slice(0, Number(shortened[i])) + String(shortened[i + 1]);
    texts.push(before);
  }
  return texts;
}

function commonBeginning(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return a.slice(0, length);
}

/** The values of the columns of what changes, in their order. */
const readState: readonly ((job: JobState) => Value)[] = [
  (job) => job.status,
  (job) => (job.active ? 1 : 0),
  (job) => job.attempt,
  (job) => job.failures,
  (job) => job.losses,
  (job) => job.node,
  (job) => job.notBefore,
  (job) => (job.cancelling ? 1 : 0),
  (job) => job.startedAt,
  (job) => job.endedAt,
  (job) => job.result,
];

const readInsert: readonly ((job: StoredJob) => Value)[] = [
  (job) => job.tenant,
  (job) => job.id,
  (job) => job.graph,
  (job) => job.queue,
  (job) => job.kind,
  (job) => job.name,
  (job) => job.submittedAt,
  (job) => job.spec,
  ...readState,
];

const readUpdate: readonly ((job: JobUpdate) => Value)[] = [...readState, (job) => job.tenant, (job) => job.id];

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
