// Baton's own export of what happened, from which a simulation replays the past: JSON lines, one header and
// then one line per job that has left the system, in any order. docs/guide/simulate.md describes the fields.
//
//   {"format":"baton-history","version":1,"nodes":[...],"queues":[...]}
//   {"job":{"id":"job_1","requests":{"cpu":1000}},"submittedAt":0,"startedAt":5,"endedAt":25,"runMs":20,"outcome":"completed"}
import { err, get, isObject, ok, parseJson, type Instant, type Json, type JsonObject, type Millis, type Result } from "@baton/core";
import type { JobSpec, NodeSpec, Outcome, QueueSpec } from "@baton/scheduler";
import type { Cluster } from "../cluster.ts";
import { problem, type Problem } from "../errors.ts";
import { JsonReader } from "../json-reader.ts";
import { countedAmounts, present, readLabels, readTaints } from "../specs/fields.ts";
import { readJob } from "../specs/jobs.ts";
import { readQueues } from "../specs/queues.ts";
import { maxReported, type OnMalformed } from "../trace/swf.ts";

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
  /** First start; left out if it never started. */
  readonly startedAt?: Instant;
  readonly endedAt: Instant;
  /** Service that it received, on a node of speed 1; a simulation lets it run that long. */
  readonly runMs: Millis;
  readonly outcome: Outcome;
  readonly nodeId?: string;
}

/** A history that was read. */
export interface History {
  readonly cluster: Cluster;
  readonly records: readonly JobRecord[];
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

/** Whether a first line opens a history. */
export function isHistoryHeader(line: string): boolean {
  const parsed = parseJson(line);
  return parsed.ok && isObject(parsed.value) && get(parsed.value, "format") === "baton-history";
}

/** Reads a history from its lines. */
export function readHistory(lines: Iterable<string>, name: string, onMalformed: OnMalformed = "stop"): Result<History, readonly Problem[]> {
  let cluster: Cluster | undefined;
  const records: JobRecord[] = [];
  const skipped: Problem[] = [];
  let skippedCount = 0;
  let number = 0;
  for (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    const json = new JsonReader("trace-malformed", `${name}: line ${number}`);
    const value = parseLine(json, line);
    if (cluster === undefined) cluster = value && readHeader(json, value);
    else readRecord(json, value, records);
    if (json.problems.length === 0) continue;
    if (onMalformed === "stop" || cluster === undefined) return err(json.problems);
    skippedCount++;
    if (skipped.length < maxReported) skipped.push(...json.problems);
  }
  if (!cluster) return err([problem("trace-empty", name, "The history has no header.")]);
  if (records.length === 0) return err([problem("trace-empty", name, "The history has no job that can be simulated.")]);
  return ok({ cluster, records, skipped, skippedCount });
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
  const queues = readQueues(json, json.optionalArray(header, "queues", ""), nodes, countedAmounts);
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

function readRecord(json: JsonReader, line: JsonObject | undefined, records: JobRecord[]): void {
  if (!line) return;
  const job = readJob(json, get(line, "job"), "/job");
  const instant = { min: 0, max: latestInstant };
  const submittedAt = json.number(line, "submittedAt", "", instant);
  const startedAt = json.optionalNumber(line, "startedAt", "", instant);
  const endedAt = json.number(line, "endedAt", "", instant);
  const runMs = json.number(line, "runMs", "", { min: 0, max: latestInstant });
  const outcome = json.oneOf(line, "outcome", "", outcomes);
  const nodeId = json.optionalString(line, "nodeId", "");
  if (json.problems.length > 0 || submittedAt === undefined || endedAt === undefined || runMs === undefined || !outcome || !job) return;
  records.push({
    job,
    submittedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    endedAt,
    runMs,
    outcome,
    ...(nodeId === undefined ? {} : { nodeId }),
  });
}
