// Baton's own export of what happened, from which a simulation replays the past: JSON lines, one header and
// then one line per job that has left the system, in any order; the last line says what is not in it. docs/guide/simulate.md
// describes the fields.
//
//   {"format":"baton-history","version":1,"nodes":[...],"queues":[...]}
//   {"job":{"id":"job_1","requests":{"cpu":1000}},"submittedAt":0,"startedAt":5,"endedAt":25,"runMs":20,"outcome":"completed"}
//   {"end":{"jobs":1,"unfinished":2}}
import { err, get, isObject, ok, parseJson, type Instant, type Json, type JsonObject, type Millis, type Result } from "@baton/core";
import type { JobSpec, NodeSpec, Outcome, QueueSpec } from "@baton/scheduler";
import type { Cluster } from "../cluster.ts";
import { problem, type Problem } from "../errors.ts";
import { JsonReader } from "../json-reader.ts";
import { countedAmounts, present, readLabels, readTaints } from "../specs/fields.ts";
import { readJob } from "../specs/jobs.ts";
import { readQueues } from "../specs/queues.ts";
import { maxReported, type LeftOut, type OnMalformed } from "../trace/swf.ts";

/** The cluster as it was at the time of the export. */
export interface HistoryHeader {
  readonly format: "baton-history";
  readonly version: 1;
  readonly nodes: readonly NodeSpec[];
  readonly queues: readonly QueueSpec[];
}

/** One job that has left the system. */
export interface JobRecord {
  /** As it was submitted. */
  readonly job: JobSpec;
  readonly submittedAt: Instant;
  /** When it started, the last time where it was tried again; left out if it never did. */
  readonly startedAt?: Instant;
  readonly endedAt: Instant;
  /** Service that it received, on a node of speed 1; a simulation lets it run that long. */
  readonly runMs: Millis;
  readonly outcome: Outcome;
  readonly nodeId?: string;
}

/** What an export has come to, written behind its last job: without it the export is not whole. */
export interface HistoryEnd {
  /** How many jobs it has. */
  readonly jobs: number;
  /** How many were left out because they had not ended. */
  readonly unfinished: number;
}

/** Dependencies of jobs that are replayed on jobs that are not. */
export interface OpenDependencies {
  readonly count: number;
  /** The first of them. */
  readonly where: string;
  readonly id: string;
}

/** A history that was read. */
export interface History {
  readonly cluster: Cluster;
  readonly records: readonly JobRecord[];
  /** Jobs that are not replayed. */
  readonly leftOut: readonly LeftOut[];
  readonly openDependencies?: OpenDependencies;
  readonly skipped: readonly Problem[];
  readonly skippedCount: number;
}

/** The outcomes that a record may have. */
const outcomes: readonly Outcome[] = ["completed", "failed", "cancelled", "preempted", "lost"];

const latestInstant = 8.64e15;

/** The header's line, without the newline. */
export function writeHistoryHeader(cluster: Cluster): string {
  const header: HistoryHeader = { format: "baton-history", version: 1, nodes: cluster.nodes, queues: cluster.queues };
  return JSON.stringify(header);
}

/** One job's line, without the newline. */
export function writeJobRecord(record: JobRecord): string {
  return JSON.stringify(record);
}

/** The last line, without the newline. */
export function writeHistoryEnd(end: HistoryEnd): string {
  return JSON.stringify({ end });
}

/** What a last line says; undefined where it is none. */
export function readHistoryEnd(line: string): HistoryEnd | undefined {
  const parsed = parseJson(line);
  if (!parsed.ok || !isObject(parsed.value) || !isObject(get(parsed.value, "end"))) return undefined;
  const json = new JsonReader("trace-malformed", "");
  const end = readEnd(json, parsed.value);
  return json.problems.length === 0 ? end : undefined;
}

/** Whether a job ended by itself, so that it can be replayed. */
export function isReplayed({ outcome }: JobRecord): boolean {
  return outcome === "completed" || outcome === "failed";
}

/** Whether a first line opens a history. */
export function isHistoryHeader(line: string): boolean {
  const parsed = parseJson(line);
  return parsed.ok && isObject(parsed.value) && get(parsed.value, "format") === "baton-history";
}

/** Reads a history from its lines. */
export function readHistory(lines: Iterable<string>, name: string, onMalformed: OnMalformed = "stop"): Result<History, readonly Problem[]> {
  let cluster: Cluster | undefined;
  const records: JobRecord[] = [];
  const places: number[] = [];
  const skipped: Problem[] = [];
  let [skippedCount, unfinished, number] = [0, 0, 0];
  for (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const json = new JsonReader("trace-malformed", `${name}: line ${number}`);
    const value = parseLine(json, line);
    if (cluster === undefined) cluster = value && readHeader(json, value);
    else if (value && get(value, "end") !== undefined) unfinished += readEnd(json, value).unfinished;
    else if (readRecord(json, value, records)) places.push(number);
    if (json.problems.length === 0) continue;
    if (onMalformed === "stop" || cluster === undefined) return err(json.problems);
    skippedCount++;
    if (skipped.length < maxReported) skipped.push(...json.problems);
  }
  if (!cluster) return err([problem("trace-empty", name, "The history has no header.")]);
  const placeOf = (row: number, dependency: number): string => `${name}: line ${places[row] ?? 0}: /job/after/${dependency}`;
  const history = makeHistory({ cluster, records, unfinished, placeOf });
  if (records.some(isReplayed)) return ok({ ...history, skipped, skippedCount });
  return err([problem("trace-empty", name, emptyMessage(history.leftOut))]);
}

/** What a history is made of. */
export interface HistoryParts {
  readonly cluster: Cluster;
  readonly records: readonly JobRecord[];
  readonly unfinished: number;
  /** Where a dependency of a record is written, by their numbers. */
  readonly placeOf: (row: number, dependency: number) => string;
}

/** A history of these records, with what of them cannot be replayed. */
export function makeHistory({ cluster, records, unfinished, placeOf }: HistoryParts): History {
  const openDependencies = findOpenDependencies(records, placeOf);
  const whole = { cluster: withQueuesOf(cluster, records), records, leftOut: leftOutOf(records, unfinished) };
  return { ...whole, ...(openDependencies && { openDependencies }), skipped: [], skippedCount: 0 };
}

/** Why a job is not replayed. */
const reasons: { readonly [O in Outcome]?: string } = {
  cancelled: "it was cancelled",
  preempted: "it was stopped for another one and has not come back",
  lost: "its node was lost and it was not tried again",
};

function leftOutOf(records: readonly JobRecord[], unfinished: number): LeftOut[] {
  const counts = Map.groupBy(records, ({ outcome }) => reasons[outcome]);
  const ended = [...counts].flatMap(([reason, { length: count }]) => (reason === undefined ? [] : [{ reason, count }]));
  return unfinished === 0 ? ended : [...ended, { reason: "it had not ended when the history was written", count: unfinished }];
}

function emptyMessage(leftOut: readonly LeftOut[]): string {
  const why = leftOut.map(({ reason, count }) => `${count} because ${reason}`).join(", ");
  return why === "" ? "The history has no jobs." : `The history has no job that can be simulated: of those left out ${why}.`;
}

function findOpenDependencies(records: readonly JobRecord[], placeOf: HistoryParts["placeOf"]): OpenDependencies | undefined {
  const known = new Set(records.filter(isReplayed).map(({ job }) => job.id));
  let found: OpenDependencies | undefined;
  for (const [row, record] of records.entries()) {
    if (!isReplayed(record)) continue;
    for (const [i, id] of (record.job.after ?? []).entries())
      if (!known.has(id)) found = { ...(found ?? { where: placeOf(row, i), id }), count: (found?.count ?? 0) + 1 };
  }
  return found;
}

/** Queues that were removed since are there again, at the top: their jobs have to wait somewhere. */
function withQueuesOf(cluster: Cluster, records: readonly JobRecord[]): Cluster {
  if (cluster.queues.length === 0) return cluster;
  const known = new Set(cluster.queues.map(({ id }) => id));
  const removed = new Set(records.flatMap(({ job: { queue } }) => (queue === undefined || known.has(queue) ? [] : [queue])));
  return removed.size === 0 ? cluster : { ...cluster, queues: [...cluster.queues, ...[...removed].sort().map((id) => ({ id }))] };
}

function parseLine(json: JsonReader, line: string): JsonObject | undefined {
  const parsed = parseJson(line);
  if (parsed.ok) return json.object(parsed.value, "");
  json.wrong("", `The line is not JSON: ${parsed.error}.`);
  return undefined;
}

function readHeader(json: JsonReader, header: JsonObject): Cluster | undefined {
  if (get(header, "format") !== "baton-history") json.wrong("/format", 'The first line of a history says {"format":"baton-history"}.');
  if (get(header, "version") !== 1) json.wrong("/version", "Only version 1 of the format can be read.", "Use a newer Baton to read it.");
  const nodes = json.array(get(header, "nodes"), "/nodes").flatMap((node, i) => readNode(json, node, `/nodes/${i}`) ?? []);
  // Nodes come and go: a queue may have a part of what none has at the moment.
  const queues = readQueues(json, json.optionalArray(header, "queues", ""), [], countedAmounts);
  return { nodes, queues };
}

const nodeFields = ["id", "capacity", "labels", "taints", "pool", "zone", "speed", "weight"];

function readNode(json: JsonReader, value: Json, at: string): NodeSpec | undefined {
  const node = json.object(value, at);
  if (!node) return undefined;
  json.known(node, at, nodeFields);
  const positive = { min: 0.001, max: 1e6 };
  return {
    id: json.string(node, "id", at) ?? "",
    capacity: countedAmounts(json, get(node, "capacity"), `${at}/capacity`),
    ...present<Omit<NodeSpec, "id" | "capacity">>({
      labels: get(node, "labels") === undefined ? undefined : readLabels(json, get(node, "labels"), `${at}/labels`),
      taints: get(node, "taints") === undefined ? undefined : readTaints(json, node, at),
      pool: json.optionalString(node, "pool", at),
      zone: json.optionalString(node, "zone", at),
      speed: json.optionalNumber(node, "speed", at, positive),
      weight: json.optionalNumber(node, "weight", at, positive),
    }),
  };
}

function readEnd(json: JsonReader, line: JsonObject): HistoryEnd {
  const end = json.object(get(line, "end"), "/end") ?? {};
  const count = (key: string): number => json.number(end, key, "/end", { min: 0, whole: true }) ?? 0;
  return { jobs: count("jobs"), unfinished: count("unfinished") };
}

/** Adds a record; false where the line is none. */
function readRecord(json: JsonReader, line: JsonObject | undefined, records: JobRecord[]): boolean {
  if (!line) return false;
  const job = readJob(json, get(line, "job"), "/job");
  const instant = { min: 0, max: latestInstant };
  const submittedAt = json.number(line, "submittedAt", "", instant);
  const startedAt = json.optionalNumber(line, "startedAt", "", instant);
  const endedAt = json.number(line, "endedAt", "", instant);
  const runMs = json.number(line, "runMs", "", { min: 0, max: latestInstant });
  const outcome = json.oneOf(line, "outcome", "", outcomes);
  const nodeId = json.optionalString(line, "nodeId", "");
  if (json.problems.length > 0 || submittedAt === undefined || endedAt === undefined || runMs === undefined || !outcome || !job)
    return false;
  records.push({
    job,
    submittedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    endedAt,
    runMs,
    outcome,
    ...(nodeId === undefined ? {} : { nodeId }),
  });
  return true;
}
