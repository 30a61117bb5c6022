// What nodes report, onto the jobs that it is about. A report counts only if it comes from the node that has the job, and
// names the attempt that it has: anything else is late, changes nothing, and lets the node forget what it held.
import type { Instant } from "@baton/core";
import type { AttemptRef, JobEnd, Report } from "@baton/executors";
import type { Clock } from "../clock.ts";
import type { Functions } from "./functions.ts";
import type { Job } from "./job.ts";
import type { JobCommitter } from "./job-committer.ts";
import { maxResultBytes, outputPieceBytes, retryWaitMs } from "./limits.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import type { LiveNode } from "./nodes.ts";
import { OutputBook } from "./output-book.ts";

/** What reports are taken with. */
export interface ReportsParts {
  readonly scheduler: LiveScheduler;
  readonly committer: JobCommitter;
  readonly clock: Clock;
  readonly functions: Functions;
  /** An end was refused: its attempt is over, or another node's. */
  readonly late: (node: LiveNode, attempt: AttemptRef) => void;
  /** A node has asked a job whether it is well. */
  readonly checked: (ask: number, problem: string | null) => void;
  /** A job goes on in a way that people may want to see. */
  readonly changed: (job: Job) => void;
}

type Ended = Extract<Report, { readonly type: "ended" }>;
type Output = Extract<Report, { readonly type: "output" }>;

/** Takes reports in. */
export class Reports {
  readonly #parts: ReportsParts;

  constructor(parts: ReportsParts) {
    this.#parts = parts;
  }

  /** The reports of one message, in their order. */
  take(node: LiveNode, reports: readonly Report[]): void {
    this.#parts.scheduler.together(() => {
      for (const report of reports) {
        const job = node.jobs.get(report.job);
        if (job === undefined || job.attempt !== report.token || job.ended) this.#refuse(node, report);
        else this.#accept(node, job, report);
      }
    });
  }

  /** A job's node is gone, with whatever it ran. */
  lost(job: Job, reason = `Its node ${job.node} was lost`): "requeue" | "ended" {
    const { scheduler } = this.#parts;
    job.losses++;
    if (job.cancelling) scheduler.finish(job, "cancelled", {});
    else if (job.losses > job.definition.retries.lost) {
      const message = `${reason}, for the ${job.losses}. time; it may be placed again ${job.definition.retries.lost} times.`;
      scheduler.finish(job, "lost", { fault: { code: "job-lost", message } });
    } else return "requeue";
    return "ended";
  }

  #accept(node: LiveNode, job: Job, report: Report): void {
    const { scheduler, changed } = this.#parts;
    switch (report.type) {
      case "started":
        if (job.startedAt === null) scheduler.started(job, report.at);
        return changed(job);
      case "output":
        return this.#keep(job, report);
      case "suspended":
        scheduler.suspended(job);
        return changed(job);
      case "checked":
        return this.#parts.checked(report.ask, report.problem);
      case "ended":
        return this.#end(node, job, report);
    }
  }

  /** The first one of a late job is counted; output and starts of it follow each other closely. */
  #refuse(node: LiveNode, { type, job, token }: Report): void {
    if (type !== "ended") return;
    this.#parts.late(node, { job, token });
    this.#parts.committer.order({ node: node.id, order: { type: "settled", job, token, refused: "report-late" } });
  }

  #end(node: LiveNode, job: Job, { end, startedAt, token }: Ended): void {
    job.startedAt = startedAt;
    this.#decide(job, end);
    this.#parts.committer.order({ node: node.id, order: { type: "settled", job: job.id, token } });
  }

  #decide(job: Job, end: JobEnd): void {
    const { scheduler } = this.#parts;
    if (end.status === "completed") {
      const problem = resultProblem(end.result) ?? this.#parts.functions.outputProblem(job.definition.work, end.result);
      if (problem === undefined) return scheduler.finish(job, "completed", { output: end.result, usage: end.usage });
      return scheduler.finish(job, "failed", { fault: problem, usage: end.usage });
    }
    if (job.cancelling) return scheduler.finish(job, "cancelled", { usage: end.usage });
    if (end.status === "lost") {
      if (this.lost(job, end.reason?.replace(/\.$/, "")) === "requeue") scheduler.requeue(job, "lost", null);
      return;
    }
    if (end.status === "stopped") return scheduler.requeue(job, "preempted", null);
    if (job.failures < job.definition.retries.failed) return this.#retry(job);
    job.failures++;
    return scheduler.finish(job, "failed", { fault: end.fault, usage: end.usage });
  }

  #retry(job: Job): void {
    job.failures++;
    const waitMs = Math.min(job.definition.retries.delayMs * 2 ** (job.failures - 1), retryWaitMs.longest);
    this.#parts.scheduler.requeue(job, "preempted", this.#parts.clock.now() + waitMs);
  }

  #keep(job: Job, { stream, offset, text, at }: Output): void {
    job.output ??= new OutputBook(job.outputLimits);
    const fresh = job.output.newPart(stream, offset, text);
    if (fresh === "") return;
    if (this.#parts.committer.isFlooded) return job.output.skip(Buffer.byteLength(fresh));
    for (const piece of piecesOf(fresh)) this.#keepPiece(job, job.output, stream, piece, at);
    const tell = (): void => this.#parts.changed(job);
    this.#parts.committer.wait({ stored: tell, failed: () => undefined });
  }

  #keepPiece(job: Job, book: OutputBook, stream: "stdout" | "stderr", text: string, at: Instant): void {
    const bytes = Buffer.byteLength(text);
    const { position, cut } = book.add(bytes);
    const { tenant, id } = job.identity;
    this.#parts.committer.output({ tenant, id, attempt: job.attempt, position, bytes, stream, at, text }, cut);
  }
}

function resultProblem(result: unknown): { readonly code: string; readonly message: string } | undefined {
  const text = JSON.stringify(result);
  if (text.length <= maxResultBytes) return undefined;
  return { code: "job-result-too-large", message: `Its result has ${text.length} characters as JSON; at most ${maxResultBytes} are kept.` };
}

/** A long text in pieces that are short enough; characters of two halves stay whole. */
function piecesOf(text: string): readonly string[] {
  const length = Math.floor(outputPieceBytes / 4);
  if (text.length <= length) return [text];
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + length, text.length);
    if (to < text.length && isHighHalf(text.charCodeAt(to - 1))) to++;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

function isHighHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
