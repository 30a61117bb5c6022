// Compares what was promised with what is there: what was accepted, what the store says, and what the attempts wrote down
// themselves. Every sentence that comes out is a broken promise.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { jsonEquals } from "@baton/core";
import type { Job } from "@baton/api";
import { isFinalJobStatus } from "@baton/runtime";
import { replayRecording } from "@baton/simulator";
import type { Store, StoredJob } from "@baton/storage";
import type { Accepted, Customers } from "./customers.ts";
import { mostAtATime, readJournals, spansOf, type JournalLine } from "./journal.ts";
import { commandCpuMillis, type Order } from "./orders.ts";

/** What is known from outside. */
export interface Evidence {
  readonly store: Store;
  /** The folder of the jobs' own files. */
  readonly files: string;
  readonly customers: Customers;
  /** Processes of jobs and launchers that are there when all jobs have ended. */
  readonly left: readonly number[];
  /** What all servers have logged, errors only, and what each joined node has said. */
  readonly logs: { readonly server: string; readonly nodes: readonly string[] };
  /** The folder of the recordings of all servers. */
  readonly recordings: string;
}

/** What was found. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly submissions: number;
  readonly jobs: number;
  /** Attempts that were placed, that really began, and that came to their own end. */
  readonly attempts: number;
  readonly begun: number;
  readonly finished: number;
  /** The most commands that ran at the same time on one node, for certain, and how many each has room for. */
  readonly atATime: number;
  readonly room: number;
  /** Nodes that commands ran on. */
  readonly used: number;
  /** Events of the schedulers that were recorded, and decided on again. */
  readonly replayed: number;
}

const tenant = "default";
const pageSize = 500;
const outputPieces = 100;

/** Compares everything with everything. */
export async function verify({ store, files, customers, left, logs, recordings }: Evidence): Promise<Verdict> {
  const rows = await allJobs(store);
  const journals = readJournals(files);
  const lines = [...journals.values()].flat();
  const isCommand = new Set(rows.filter(({ kind }) => kind === "command").map(({ name }) => name));
  const spans = [...journals].flatMap(([name, own]) => (isCommand.has(name) ? spansOf(own) : []));
  const byNode = Map.groupBy(spans, ({ home }) => nodeOf(home));
  const atATime = Math.max(0, ...[...byNode.values()].map(mostAtATime));
  const room = (availableParallelism() * 1000) / commandCpuMillis;
  const lost = await lostAttempts(store);
  const replays = readdirSync(recordings).map((name) => replayOf(join(recordings, name)));
  const problems = [
    ...customers.problems,
    ...countProblems(rows, customers.accepted),
    ...customers.accepted.flatMap((accepted) => submissionProblems(accepted, rows, journals, lost)),
    ...(await outputProblems(store, rows)),
    ...logProblems(logs.server),
    ...logs.nodes.flatMap(nodeLogProblems),
    ...replays.flatMap(({ problems: found }) => found),
    ...left.map((pid) => `the process ${pid} is still there`),
    ...(atATime > room ? [`${atATime} commands ran at the same time on a node, and there is room for ${room}`] : []),
  ];
  return {
    problems,
    submissions: customers.accepted.length,
    jobs: rows.length,
    attempts: rows.reduce((sum, { attempt }) => sum + attempt, 0),
    begun: lines.filter(({ what }) => what === "start").length,
    finished: lines.filter(({ what }) => what === "end").length,
    atATime,
    room,
    used: byNode.size,
    replayed: replays.reduce((sum, { events }) => sum + events, 0),
  };
}

async function allJobs(store: Store): Promise<StoredJob[]> {
  const all: StoredJob[] = [];
  for (;;) {
    const before = all.at(-1)?.id;
    const page = await store.listJobs({ tenant, limit: pageSize, ...(before !== undefined && { before }) });
    all.push(...page);
    if (page.length < pageSize) return all;
  }
}

/** Each node keeps the folders of its jobs within one of its own. */
function nodeOf(home: string): string {
  return home.slice(0, home.lastIndexOf("/", home.lastIndexOf("/") - 1));
}

/** The attempts, as `JOB ATTEMPT`, that were placed elsewhere because the lease of their node was over. */
async function lostAttempts(store: Store): Promise<ReadonlySet<string>> {
  const pages = await store.readAudit(tenant, null, Number.MAX_SAFE_INTEGER);
  const requeued = pages.flatMap(({ entries }) => entries.filter(({ action }) => action === "job.requeued"));
  return new Set(requeued.map(({ subject, detail }) => `${subject} ${detail["attempt"] as number}`));
}

/** What is no sentence for people is the trace of a mistake. */
function nodeLogProblems(log: string): string[] {
  return log.split("\n").flatMap((line) => (/^\s+at |^\w*Error\b/.test(line) ? [`a node said ${line}`] : []));
}

/** A server that starts says so to everybody who asks; nothing else is an error. */
function logProblems(log: string): string[] {
  const lines = log.split("\n").filter((line) => line !== "" && !line.startsWith("stopping: "));
  return lines.filter((line) => !line.includes('"code":"server-starting"')).map((line) => `a server logged ${line}`);
}

/** Each submission was taken in once, however often it was sent. */
function countProblems(rows: readonly StoredJob[], accepted: readonly Accepted[]): string[] {
  const times = new Map<string, number>();
  for (const { name } of rows) times.set(name ?? "", (times.get(name ?? "") ?? 0) + 1);
  const doubled = [...times].flatMap(([name, count]) => (count === 1 ? [] : [`${name} was taken in ${count} times`]));
  const promised = new Set(accepted.flatMap(({ order }) => order.names));
  // A submission under way when the doors closed may have been taken in without an answer.
  const lost = [...promised].filter((name) => !times.has(name)).map((name) => `${name} was accepted, and is lost`);
  return [...doubled, ...lost];
}

function submissionProblems(
  { order, jobs, ends }: Accepted,
  rows: readonly StoredJob[],
  journals: ReadonlyMap<string, readonly JournalLine[]>,
  lost: ReadonlySet<string>,
): string[] {
  const ids = new Set(jobs.map(({ id }) => id));
  const own = rows.filter(({ id }) => ids.has(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const found = own.flatMap((row) =>
    jobProblems(order, row, journals.get(row.name ?? "") ?? [], lost).map((problem) => `${row.name} ${row.id}: ${problem}`),
  );
  const seen = ends.flatMap((end) => endProblems(end, rows));
  const missing = ends.length === jobs.length ? [] : [`${order.names.join(", ")}: ${jobs.length - ends.length} jobs were not seen to end`];
  return [...found, ...seen, ...missing, ...chainProblems(order, own, journals)];
}

/** How a job was first seen to have ended is how it has ended. */
function endProblems(end: Job, rows: readonly StoredJob[]): string[] {
  const row = rows.find(({ id }) => id === end.id);
  if (row === undefined) return [`${end.id} was seen to have ended, and is lost`];
  const isSame = row.status === end.status && row.attempt === end.attempt && row.endedAt === Date.parse(end.endedAt ?? "");
  return isSame ? [] : [`${end.id} was ${end.status} in attempt ${end.attempt}, and is ${row.status} in attempt ${row.attempt}`];
}

/** One job by itself: an end as it should be, every attempt begun at most once, one after the other, the accepted one to its end. */
function jobProblems(order: Order, row: StoredJob, lines: readonly JournalLine[], lost: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const expected = order.kind === "cancelled" ? "cancelled" : "completed";
  if (row.status !== expected || row.active || !isFinalJobStatus(row.status)) problems.push(`is ${row.status} instead of ${expected}`);
  const count = (what: string, attempt: number): number => lines.filter((line) => line.what === what && line.attempt === attempt).length;
  for (let attempt = 1; attempt <= row.attempt; attempt++)
    if (count("start", attempt) > 1) problems.push(`attempt ${attempt} began ${count("start", attempt)} times`);
  for (const { job, attempt } of lines) {
    if (job !== row.id) problems.push(`its file was written by ${job}`);
    if (attempt > row.attempt) problems.push(`attempt ${attempt} began, and the last that was placed is ${row.attempt}`);
  }
  for (const older of lines.filter((line, i) => line.attempt < (lines[i - 1]?.attempt ?? 0)))
    if (!wasGivenUp(older, lines, lost)) problems.push(`attempt ${older.attempt} went on beside a newer one`);
  if (row.status === "completed" && count("end", row.attempt) !== 1) problems.push(`attempt ${row.attempt}, which counts, has no end`);
  return [...problems, ...answerProblems(order, row)];
}

/** Whoever is away for too long goes on with what is placed elsewhere meanwhile; one node never runs two attempts of a job. */
function wasGivenUp(older: JournalLine, lines: readonly JournalLine[], lost: ReadonlySet<string>): boolean {
  const newer = lines.filter(({ attempt }) => attempt > older.attempt);
  return lost.has(`${older.job} ${older.attempt}`) && newer.every(({ home }) => nodeOf(home) !== nodeOf(older.home));
}

function answerProblems({ n, kind }: Order, { status, attempt, result }: StoredJob): string[] {
  if (status !== "completed") return [];
  const { output } = JSON.parse(result ?? "{}") as { output?: unknown };
  const expected = kind === "function" ? { value: 2 * n, attempt } : { exitCode: 0 };
  return jsonEquals(output as never, expected) ? [] : [`has the result ${JSON.stringify(output)}, of attempt ${attempt}`];
}

/** A job began only when the one before it had come to its end. */
function chainProblems(
  { kind, names }: Order,
  rows: readonly StoredJob[],
  journals: ReadonlyMap<string, readonly JournalLine[]>,
): string[] {
  if (kind !== "chain") return [];
  return names.slice(1).flatMap((name, i) => {
    const before = names[i] as string;
    const accepted = rows.find((row) => row.name === before)?.attempt;
    const ended = journals.get(before)?.find(({ what, attempt }) => what === "end" && attempt === accepted);
    const began = journals.get(name)?.[0];
    return began !== undefined && (ended === undefined || began.atMs < ended.atMs) ? [`${name} began before ${before} had ended`] : [];
  });
}

/** What the attempt that counts wrote is kept, once. */
async function outputProblems(store: Store, rows: readonly StoredJob[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { id, name, kind, status, attempt } of rows) {
    if (kind !== "command" || status !== "completed") continue;
    const pieces = await store.readOutput(tenant, id, attempt, 0, outputPieces);
    const text = pieces.map((piece) => piece.text).join("");
    if (text !== `result ${attempt}\n`) problems.push(`${name} ${id}: attempt ${attempt} wrote ${JSON.stringify(text)}`);
  }
  return problems;
}

/** Every scheduler decides once more as it did, up to where it was killed; one that was killed before it began says nothing. */
function replayOf(path: string): { readonly events: number; readonly problems: readonly string[] } {
  const text = readFileSync(path, "utf8");
  if (!text.includes("\n")) return { events: 0, problems: [] };
  const replay = replayRecording(text.split("\n"), path);
  if (!replay.ok) return { events: 0, problems: replay.error.map(({ where, message }) => `${where}: ${message}`) };
  const { events, difference } = replay.value;
  return { events, problems: difference === null ? [] : [`${path} replays differently: ${JSON.stringify(difference)}`] };
}
