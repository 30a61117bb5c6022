// Commands about jobs: `job list`, `get`, `logs`, `wait`, `cancel`, `retry`, and `explain`.
import { setTimeout } from "node:timers/promises";
import type { BatonClient, Job, JobExplanation, JobOutputPiece, JobStatus } from "@baton/api";
import { BatonError, formatAmount } from "@baton/core";
import { allPages, clientOf } from "../connect.ts";
import { readStandardInput, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure, failureCode, failureLines } from "../failure.ts";
import { formatAmounts } from "../output/amounts.ts";
import { formatSpan } from "../output/style.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const columns: readonly Column<Job>[] = [
  { title: "ID", of: ({ id }) => id },
  { title: "NAME", of: ({ name }) => name ?? "" },
  { title: "STATUS", of: ({ status }) => status },
  // That it is pending stands beside it already.
  { title: "REASON", of: ({ reason }) => reason?.replace(/^pending\./, "") ?? "" },
  { title: "QUEUE", of: ({ queue }) => queue },
  { title: "PRIORITY", of: ({ priority }) => String(priority), wide: true },
  { title: "NODE", of: ({ node }) => node ?? "", wide: true },
  { title: "ATTEMPT", of: ({ attempt }) => String(attempt), wide: true },
  { title: "SUBMITTED", of: ({ submittedAt }) => submittedAt, wide: true },
  {
    title: "RAN",
    of: ({ startedAt, endedAt }) => (startedAt === null || endedAt === null ? "" : formatSpan(Date.parse(endedAt) - Date.parse(startedAt))),
  },
];

/** What `job list` is given. */
export interface JobListOptions {
  readonly status?: JobStatus;
  readonly queue?: string;
  readonly graph?: string;
  readonly limit: number;
}

/** `baton job list`, newest first. */
export async function listJobs(context: Context, { limit, status, queue, graph }: JobListOptions): Promise<ExitCode> {
  const client = clientOf(context.options);
  const filter = { ...(status !== undefined && { status }), ...(queue !== undefined && { queue }), ...(graph !== undefined && { graph }) };
  const jobs = await allPages((page, found) => client.listJobs({ pageSize: Math.min(limit - found, 200), ...filter, ...page }), limit);
  printJobs(context, jobs);
  return exitCodes.done;
}

/** Prints jobs as a list. */
export function printJobs(context: Context, jobs: readonly Job[]): void {
  context.out(formatRows(jobs, columns, context.options.output ?? "table", context.outStyle, ({ id }) => id));
}

/** `baton job get ID`. */
export async function getJob(context: Context, id: string): Promise<ExitCode> {
  const job = await clientOf(context.options).getJob(id);
  context.out(context.options.output === undefined ? formatThing(readable(job), "yaml") : formatThing(job, context.options.output));
  return exitCodes.done;
}

/** A job for people: amounts and times with their units. `-o yaml` and `-o json` have them as they are. */
function readable({ requests, limits, usage, ...job }: Job): object {
  const used = usage && {
    ran: formatSpan(usage.wallMs),
    ...(usage.cpuMs !== undefined && { cpu: formatSpan(usage.cpuMs) }),
    ...(usage.memoryBytes !== undefined && { memory: formatAmount("memory", usage.memoryBytes) }),
  };
  return { ...job, requests: formatAmounts(requests), limits: formatAmounts(limits), usage: used };
}

/** What `job logs` is given. */
export interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
}

/** `baton job logs ID`: what it wrote, each stream to its own. */
export async function jobLogs(context: Context, id: string, { follow = false, attempt }: LogsOptions): Promise<ExitCode> {
  const client = clientOf(context.options);
  if (attempt !== undefined) await checkAttempt(client, id, attempt);
  await printOutput(context, client, id, { follow, ...(attempt !== undefined && { attempt }) });
  return context.signal.aborted ? exitCodes.interrupted : exitCodes.done;
}

async function checkAttempt(client: BatonClient, id: string, attempt: number): Promise<void> {
  const { attempt: latest } = await client.getJob(id);
  if (attempt >= 1 && attempt <= latest) return;
  const message = latest === 0 ? "the job has had no attempt yet" : `the job has had ${latest} ${latest === 1 ? "attempt" : "attempts"}`;
  throw new CommandFailure(exitCodes.notFound, `${message}, and none is number ${attempt}`, { where: id });
}

const heldMs = 30_000;

const awayMs = 1_000;

/** Reads about a job that is there: a server that goes away from then on is waited for. */
async function patiently(
  context: Context,
  client: BatonClient,
  id: string,
  until = Infinity,
): Promise<<T>(read: () => Promise<T>) => Promise<T>> {
  await client.getJob(id);
  return async (read) => {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (context.signal.aborted) throw interruptedAt(context, id);
        if (!(error instanceof BatonError && error.retryable && Date.now() < until)) throw error;
      }
      // An interrupt ends the pause, and then the next request.
      await setTimeout(awayMs, undefined, { signal: context.signal }).catch(() => undefined);
    }
  };
}

/** Says what becomes of a job that nobody waits for any more; gives the reason why. */
function interruptedAt(context: Context, id: string): unknown {
  context.say(`interrupted; ${id} goes on (baton job wait ${id}, or baton job cancel ${id})\n`);
  return context.signal.reason;
}

/** Prints the output of a job; followed, that of each further attempt too, until the job has ended. */
export async function printOutput(
  context: Context,
  client: BatonClient,
  id: string,
  { follow, attempt }: { readonly follow: boolean; readonly attempt?: number },
): Promise<void> {
  const read = await patiently(context, client, id);
  let from = 0;
  let reading = attempt;
  while (!context.signal.aborted) {
    const named = reading === undefined ? {} : { attempt: reading };
    const query = { from, ...named, ...(follow && { waitMs: heldMs, signal: context.signal }) };
    const page = await read(() => client.getJobOutput(id, query));
    from = printPieces(context, page.pieces, from);
    // Each attempt counts its positions from nothing, so that one is read to its end before the next is begun.
    reading = Math.max(1, page.attempt);
    if (!follow && page.pieces.length === 0) return;
    if (!page.complete) continue;
    if (!follow || attempt !== undefined || (await read(() => client.getJob(id))).attempt <= reading) return;
    [reading, from] = [reading + 1, 0];
    context.say(`[attempt ${reading}]\n`);
  }
}

/** Prints pieces behind a position, with a mark where something was cut out; gives the position behind them. */
export function printPieces(context: Pick<Context, "out" | "say">, pieces: readonly JobOutputPiece[], from: number): number {
  let next = from;
  for (const { position, stream, text } of pieces) {
    if (position > next) context.say(`\n[${position - next} bytes were cut out here]\n`);
    if (stream === "stderr") context.say(text);
    else context.out(text);
    next = position + Buffer.byteLength(text);
  }
  return next;
}

/** `baton job wait ID...`: ends as the first job that did not complete says. */
export async function waitForJobs(context: Context, ids: readonly string[], timeoutMs?: number): Promise<ExitCode> {
  const client = clientOf(context.options);
  const until = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs;
  const ended: Job[] = [];
  for (const id of await idsOf(ids)) ended.push(await waitForJob(context, client, id, until));
  return endAs(context, ended);
}

/** Prints what came of jobs, and ends as the first one that did not complete; `quiet` says no word of those that did. */
export function endAs(context: Context, ended: readonly Job[], { quiet = false } = {}): ExitCode {
  if (context.options.output !== undefined) printJobs(context, ended);
  else {
    for (const job of ended) if (job.status !== "completed" || !quiet) context.say(`${lineOf(job)}\n`);
    for (const job of ended) if (hasAnswer(job)) context.out(formatThing(job.output, "json"));
  }
  return ended.map(exitCodeOfJob).find((code) => code !== exitCodes.done) ?? exitCodes.done;
}

/** What a command tells is what it writes; a function answers. */
function hasAnswer({ status, work }: Job): boolean {
  return status === "completed" && work["kind"] === "function";
}

/** A job once it has ended. */
export async function waitForJob(context: Context, client: BatonClient, id: string, until: number): Promise<Job> {
  const read = await patiently(context, client, id, until);
  for (;;) {
    const waitMs = (): number => Math.max(0, Math.min(heldMs, until - Date.now()));
    const job = await read(() => client.getJob(id, { waitMs: waitMs(), signal: context.signal }));
    if (job.endedAt !== null) return job;
    if (Date.now() < until) continue;
    throw new CommandFailure(exitCodes.timedOut, "the job has not ended in the time that was given; it goes on", {
      where: id,
      next: `baton job wait ${id}`,
    });
  }
}

/** How a command ends that waited for a job. */
export function exitCodeOfJob({ status }: Job): ExitCode {
  if (status === "completed") return exitCodes.done;
  return status === "cancelled" ? exitCodes.cancelled : exitCodes.failed;
}

/** A job's end in a line, and what to do about it below. */
export function lineOf({ id, name, status, error, node }: Job): string {
  const who = name === null ? id : `${id} (${name})`;
  if (error === null) return `${who} ${status}`;
  const where = node === null ? "" : ` on ${node}`;
  return `${who} ${status}${where}: ${error.message} (${error.code})${error.next === undefined ? "" : `\n  next:  ${error.next}`}`;
}

/** Jobs as they are named: ids, or all of a graph. */
export interface NamedJobs {
  readonly graph?: string;
}

/** `baton job retry ID...`, or all of a graph that did not complete: together, so that they wait for each other as before. */
export async function retryJobs(context: Context, ids: readonly string[], named: NamedJobs): Promise<ExitCode> {
  const client = clientOf(context.options);
  const wanted = await namedJobs(client, ids, named, ({ status, endedAt }) => endedAt !== null && status !== "completed");
  const { jobs } = await client.retryJobs(wanted);
  context.out(jobs.map(({ id }) => `${id}\n`).join(""));
  return exitCodes.done;
}

/** So many requests under way at a time end many jobs without keeping others from the server. */
const cancelsAtOnce = 8;

/** `baton job cancel ID...`, or all of a graph that has not ended. */
export async function cancelJobs(context: Context, ids: readonly string[], named: NamedJobs): Promise<ExitCode> {
  const client = clientOf(context.options);
  const left = [...(await namedJobs(client, ids, named, ({ endedAt }) => endedAt === null))];
  // The last of a graph first, so that none starts in the room that another one leaves.
  if (named.graph !== undefined) left.reverse();
  let worst: ExitCode = exitCodes.done;
  const cancel = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        const { status } = await client.commandJob(id, "cancel");
        context.say(`${id} ${status === "cancelled" ? "cancelled" : "is being cancelled"}\n`);
      } catch (error) {
        context.say(failureLines(error, context.errStyle));
        worst = failureCode(error);
      }
    }
  };
  await Promise.all(Array.from({ length: cancelsAtOnce }, cancel));
  return worst;
}

/** The ids that were given, or those of a graph's jobs that are meant, in the order of their submission. */
async function namedJobs(
  client: BatonClient,
  ids: readonly string[],
  { graph }: NamedJobs,
  meant: (job: Job) => boolean,
): Promise<readonly string[]> {
  if ((graph === undefined) === (ids.length === 0))
    throw new CommandFailure(exitCodes.usage, graph === undefined ? "there is no job named" : "ids and a graph were given", {
      next: "name jobs by their ids, or a graph with --graph",
    });
  if (graph === undefined) return idsOf(ids);
  const jobs = await allPages((page) => client.listJobs({ pageSize: 200, graph, ...page }));
  const found = jobs.filter(meant).map(({ id }) => id);
  if (found.length > 0) return found.sort();
  throw new CommandFailure(exitCodes.notFound, jobs.length === 0 ? "there is no such graph" : "no job of the graph is in need of it", {
    where: graph,
    next: "`graph` in `baton job get ID` names it",
  });
}

async function idsOf(ids: readonly string[]): Promise<readonly string[]> {
  return ids.length === 1 && ids[0] === "-" ? (await readStandardInput()).split(/\s+/).filter((id) => id !== "") : ids;
}

/** `baton explain ID`. */
export async function explainJob(context: Context, id: string): Promise<ExitCode> {
  const explanation = await clientOf(context.options).explainJob(id);
  const { output } = context.options;
  context.out(
    output === undefined || output === "table" || output === "wide" ? explanationText(explanation) : formatThing(explanation, output),
  );
  return exitCodes.done;
}

/** An explanation in words. */
export function explanationText({ job, summary, rank, ahead, reasons, smallestChange, estimate }: JobExplanation): string {
  const stands = job.endedAt === null ? `is ${job.status}` : "has ended";
  const lines = [`${job.id}${job.name === null ? "" : ` (${job.name})`} ${stands}. ${summary}`];
  for (const { code, summary: why, remedy } of reasons) lines.push(`  ${code}: ${why}`, `    what helps: ${remedy}`);
  if (rank !== null && rank > 1)
    lines.push(`  It is number ${rank} in the queue ${job.queue}${ahead.length > 0 ? `, behind ${ahead.join(", ")}` : ""}.`);
  if (smallestChange !== null) lines.push(`  The smallest change that starts it now: ${smallestChange}`);
  if (estimate !== null) lines.push(`  Expected to start at ${estimate.at}, between ${estimate.earliest} and ${estimate.latest}.`);
  return `${lines.join("\n")}\n`;
}
