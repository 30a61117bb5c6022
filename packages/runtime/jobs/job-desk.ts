// What people and programs ask of jobs. Whatever resolves here is durable.
import type { BatonError, Instant, Millis } from "@baton/core";
import type { Order } from "@baton/executors";
import { explain, plan, type Explanation, type PlanAnswer } from "@baton/scheduler";
import type { JobOutput, JobQuery, Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { Audit } from "./audit.ts";
import type { NewJob } from "./definition.ts";
import { isFinalJobStatus, jobFromRow, type FinalJobStatus, type Job } from "./job.ts";
import type { JobCommitter } from "./job-committer.ts";
import type { JobMeters } from "./job-meters.ts";
import type { JobUpdate, JobWatches } from "./job-watches.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { withMissingFunction, withRetry } from "./explained.ts";
import type { LiveNode } from "./nodes.ts";
import type { Submissions, Submission, Submitted } from "./submissions.ts";
import { refusalOf } from "./refusal-words.ts";
import { pastJobs, type PastJob, type PastWindow } from "./past-jobs.ts";
import { endViewOf, viewOf, viewOfRow, type JobEndView, type JobView } from "./view.ts";

/** What the desk asks. */
export interface JobDeskParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly scheduler: LiveScheduler;
  readonly audit: Audit;
  readonly meters: JobMeters;
  readonly committer: JobCommitter;
  readonly submissions: Submissions;
  readonly watches: JobWatches;
  readonly nodes: () => readonly LiveNode[];
}

/** Why a job is where it is. */
export interface JobExplanation {
  readonly job: JobView;
  /** Null: it does not wait. */
  readonly waits: Explanation | null;
  /** All of it in a sentence. */
  readonly summary: string;
}

/** A part of an attempt's output. */
export interface OutputPage {
  readonly attempt: number;
  readonly pieces: readonly JobOutput[];
  /** Where to read on. */
  readonly next: number;
  /** Nothing more will come. */
  readonly complete: boolean;
}

/** How long output is waited for, and by whom. */
export interface OutputWait {
  readonly attempt: number | undefined;
  readonly timeoutMs: Millis;
  readonly signal: AbortSignal;
}

/** Jobs as the server and the command line see them. */
export class JobDesk {
  readonly #parts: JobDeskParts;

  constructor(parts: JobDeskParts) {
    this.#parts = parts;
  }

  submit(submission: Submission): Promise<Submitted> {
    return this.#parts.submissions.submit(submission);
  }

  /** As `submit` without a key, for many: gives the ids, and tells the end of each job. */
  async take(jobs: readonly NewJob[], onEnd: ((job: JobEndView) => void) | null): Promise<readonly string[]> {
    const taken = await this.#parts.submissions.take(jobs, onEnd === null ? null : (job) => onEnd(endViewOf(job)));
    return taken.map(({ id }) => id);
  }

  async get(id: string): Promise<JobView> {
    const live = this.#parts.scheduler.jobs.get(id);
    if (live !== undefined && !live.ended) return viewOf(live);
    if (live !== undefined) await this.#durable();
    const row = await this.#parts.store.readJob(this.#parts.tenant, id);
    if (row === null) throw runtimeError("job-unknown", { message: `There is no job ${id}.`, where: id });
    return viewOfRow(row);
  }

  /** The newest first; what has not ended is shown as it is now. */
  async list(query: Omit<JobQuery, "tenant">): Promise<readonly JobView[]> {
    const { store, tenant, scheduler } = this.#parts;
    const { status } = query;
    // What is stored of jobs under way says less than what is known of them.
    if (status !== undefined && !isFinalJobStatus(status)) return this.#listLive(query);
    const rows = await store.listJobs({ tenant, ...query });
    return rows.map((row) => {
      const live = scheduler.jobs.get(row.id);
      return live === undefined || live.ended ? viewOfRow(row) : viewOf(live);
    });
  }

  /** Jobs by the time of their submission, the oldest first, a page at a time. */
  past(window: PastWindow): AsyncGenerator<readonly PastJob[]> {
    const { store, tenant, clock } = this.#parts;
    return pastJobs(store, tenant, window, clock.now());
  }

  #listLive({ status, queue, graph, before, limit }: Omit<JobQuery, "tenant">): readonly JobView[] {
    const found: Job[] = [];
    for (const job of this.#parts.scheduler.jobs.values()) {
      if (job.status !== status || (before !== undefined && job.id >= before)) continue;
      if ((graph ?? job.identity.graph) !== job.identity.graph) continue;
      if (queue === undefined || queue === (job.definition.placement.queue ?? "default")) found.push(job);
    }
    return found
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map(viewOf);
  }

  /** The job once it has ended, or as it is when the time is over. */
  async wait(id: string, timeoutMs: Millis, signal: AbortSignal): Promise<JobView> {
    const now = await this.get(id);
    if (isFinalJobStatus(now.status)) return now;
    await this.#change(id, timeoutMs, signal, ({ final }) => final);
    return this.get(id);
  }

  #change(id: string, timeoutMs: Millis, signal: AbortSignal, isEnough: (update: JobUpdate) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        cancelTimer();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const stop = this.#parts.watches.watch(id, (update) => {
        if (isEnough(update)) done();
      });
      const cancelTimer = this.#parts.clock.after(timeoutMs, done);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }

  /** Calls the listener with the job as it is, then after each change; the answer takes that back. */
  async watch(id: string, listener: (update: JobUpdate) => void): Promise<() => void> {
    const { watches } = this.#parts;
    const job = await this.get(id);
    listener({ version: watches.versionOf(id), job, final: isFinalJobStatus(job.status) });
    return isFinalJobStatus(job.status) ? () => undefined : watches.watch(id, listener);
  }

  /** Ends a job: at once where it waits; where it runs its node is told, and it ends when the node says so. `by`: who wants it. */
  async cancel(id: string, by = "api"): Promise<JobView> {
    const { scheduler, committer } = this.#parts;
    const job = scheduler.jobs.get(id);
    if (job === undefined || job.ended) return this.#alreadyEnded(await this.get(id));
    this.#parts.meters.asked("cancel", by);
    this.#parts.audit(by, "job.cancel-asked", id, { attempt: job.attempt });
    if (!job.placed) scheduler.finish(job, "cancelled", {});
    else {
      const how = job.cancelling ? "at-once" : "gently";
      job.cancelling = true;
      committer.changed(job);
      const order: Order = { type: "stop", how, job: id, token: job.attempt };
      committer.order({ node: job.node ?? "", order });
    }
    await this.#durable();
    return this.get(id);
  }

  #alreadyEnded(job: JobView): JobView {
    if (job.status === "cancelled") return job;
    throw runtimeError("job-ended", { message: `The job ${job.id} has ${job.status} already.`, where: job.id });
  }

  /**
   * Submits jobs that did not complete once more, as new ones in the same order. One that waited for another of them waits for
   * that one's retry; what it waited for and did not complete has to be among them.
   */
  async retry(ids: readonly string[]): Promise<Submitted> {
    const jobs: NewJob[] = [];
    for (const id of new Set(ids)) jobs.push(await this.#again(id));
    const submitted = await this.submit({ jobs });
    for (const _ of jobs) this.#parts.meters.asked("retry", "api");
    jobs.forEach(({ instead = "" }, i) => this.#parts.audit("api", "job.retry-asked", instead, { as: submitted.jobs[i]?.id ?? null }));
    return submitted;
  }

  async #again(id: string): Promise<NewJob> {
    const { store, tenant } = this.#parts;
    const { status } = await this.get(id);
    if (!isFinalJobStatus(status) || status === "completed")
      throw runtimeError("job-not-retriable", { message: `The job ${id} is ${status}.`, where: id });
    const row = await store.readJob(tenant, id);
    if (row === null) throw runtimeError("job-unknown", { message: `There is no job ${id}.`, where: id });
    const { definition, identity, after } = jobFromRow(row);
    const { gang: _, ...placement } = definition.placement;
    return { name: identity.name, after, definition: { ...definition, placement }, instead: id };
  }

  /** What an attempt has written, from a position on; the latest attempt when none is named. */
  async output(id: string, from: number, limit: number, attempt?: number): Promise<OutputPage> {
    const { store, tenant } = this.#parts;
    const job = await this.get(id);
    const wanted = attempt ?? job.attempt;
    const pieces = await store.readOutput(tenant, id, wanted, from, limit);
    const last = pieces.at(-1);
    const complete = pieces.length < limit && (isFinalJobStatus(job.status) || wanted < job.attempt);
    return { attempt: wanted, pieces, next: last === undefined ? from : last.position + last.bytes, complete };
  }

  /** Why a job waits, and what would let it go on. */
  async explain(id: string): Promise<JobExplanation> {
    const job = await this.get(id);
    const { scheduler, nodes } = this.#parts;
    const known = explain(scheduler.state, id);
    const live = scheduler.jobs.get(id);
    const waits = known === undefined ? null : withRetry(withMissingFunction(known, live, nodes()), live);
    return { job, waits, summary: waits?.reasons[0]?.summary ?? `${summaryOf(job)}${this.#silence(job)}` };
  }

  /** A node that is not heard of may not run what it was given any more. */
  #silence({ node, endedAt }: JobView): string {
    if (endedAt !== null) return "";
    const where = this.#parts.nodes().find(({ id }) => id === node);
    return where?.suspect === true ? ` ${node} is not heard of at the moment: if it stays so, the job is placed elsewhere.` : "";
  }

  /** As `output`, once there is something: what comes while it is looked for is not missed. */
  async outputSoon(id: string, from: number, limit: number, { attempt, timeoutMs, signal }: OutputWait): Promise<OutputPage> {
    const enough = new AbortController();
    const change = this.#change(id, timeoutMs, AbortSignal.any([signal, enough.signal]), () => true);
    try {
      const page = await this.output(id, from, limit, attempt);
      if (page.pieces.length > 0 || page.complete) return page;
      await change;
    } finally {
      enough.abort();
    }
    return this.output(id, from, limit, attempt);
  }

  /** What would become of jobs if they were submitted now; rejects with what is wrong with them. Nothing changes. */
  async plan(jobs: readonly NewJob[], at: Instant): Promise<PlanAnswer> {
    const completed = await this.#parts.submissions.completedBefore({ jobs });
    const names = new Map(jobs.flatMap(({ name }, i) => (name === null ? [] : [[name, planId(i)] as const])));
    const specs = jobs.map(({ after, definition }, i) => ({
      ...definition.placement,
      id: planId(i),
      ...(after.length > 0 && { after: after.filter((wanted) => !completed.has(wanted)).map((wanted) => names.get(wanted) ?? wanted) }),
    }));
    const answer = plan(this.#parts.scheduler.state, [{ type: "jobs-submitted", jobs: specs }], at);
    const problems = answer.decisions.flatMap((decision) => (decision.type === "refuse" ? [decision.problem] : []));
    if (problems.length > 0) throw refusalOf(problems, jobs, planId);
    return answer;
  }

  #durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#parts.committer.wait({ stored: resolve, failed: (error: BatonError) => reject(error) });
    });
  }
}

/** The id that a job has while it is only thought of. */
export function planId(index: number): string {
  return `job_${index + 1}`;
}

function summaryOf({ status, node, error, attempt }: JobView): string {
  switch (status) {
    case "allocated":
      return `It has a place on ${node}, which has not said yet that it runs.`;
    case "running":
      return `It runs on ${node}, in its ${attempt}. attempt.`;
    case "suspended":
      return `It is frozen on ${node}.`;
    case "waiting":
    case "pending":
      return "It waits.";
    default:
      return `It ${endings[status]}${error === null ? "." : `: ${error.message}`}`;
  }
}

const endings: { readonly [status in FinalJobStatus]: string } = {
  completed: "completed",
  failed: "failed",
  cancelled: "was cancelled",
  lost: "was lost",
};
