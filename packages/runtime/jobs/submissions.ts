// New jobs: named, tied to what they wait for, and taken in as a whole or not at all. Whoever submits is answered when the
// jobs are durable.
import { newId, type BatonError, type Instant, type Random } from "@baton/core";
import type { Problem } from "@baton/scheduler";
import type { Store, StoredJob } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { JobWebhook, NewJob } from "./definition.ts";
import { Job, type JobIdentity } from "./job.ts";
import type { JobCommitter } from "./job-committer.ts";
import type { JobHooks } from "./job-webhook.ts";
import { JobsRefused } from "./jobs-refused.ts";
import { refusalOf } from "./refusal-words.ts";
import { maxLiveJobs, maxLiveSpecLength } from "./limits.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import { viewOf, viewOfRow, type JobView } from "./view.ts";

/** Jobs to be taken in together. */
export interface Submission {
  readonly jobs: readonly NewJob[];
  /** The same key submits once, however often it is sent. */
  readonly idempotencyKey?: string;
  /** On whose behalf, where it is not somebody at the API or a run: `deployment NAME`. */
  readonly by?: string;
  /** Tells whether a key is used for the same request. */
  readonly fingerprint?: string;
}

/** What was taken in. */
export interface Submitted {
  readonly jobs: readonly JobView[];
  /** What the jobs have in common, where there are several. */
  readonly graph: string | null;
  /** False: the key was used before, and these are the jobs of that time. */
  readonly created: boolean;
}

/** What submissions are taken with. */
export interface SubmissionsParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly scheduler: LiveScheduler;
  readonly committer: JobCommitter;
  /** While no node is there at all, jobs wait for the first one. */
  readonly hasNodes: () => boolean;
  /** Absent: nobody is told of ends. */
  readonly hooks?: JobHooks;
}

/** Takes jobs in. */
export class Submissions {
  readonly #parts: SubmissionsParts;
  /** Keys of submissions that are not durable yet. */
  readonly #keys = new Map<string, Promise<Submitted>>();

  constructor(parts: SubmissionsParts) {
    this.#parts = parts;
  }

  /** For many: durable when it resolves, and each job's end is told when that is durable. Keys need `submit`. */
  async take(jobs: readonly NewJob[], onEnd: ((job: Job) => void) | null): Promise<readonly Job[]> {
    const completed = await this.#prepare({ jobs });
    return this.#stored({ jobs }, this.#admit({ jobs }, completed), onEnd);
  }

  /** Durable when it resolves. */
  submit(submission: Submission): Promise<Submitted> {
    const { idempotencyKey: key } = submission;
    return key === undefined ? this.#take(submission) : this.#takeOnce(submission, key);
  }

  async #takeOnce(submission: Submission, key: string): Promise<Submitted> {
    const underWay = this.#keys.get(key);
    if (underWay !== undefined) {
      await underWay.catch(() => undefined);
      return this.#takeOnce(submission, key);
    }
    const taking = this.#takeOrFind(submission, key);
    this.#keys.set(key, taking);
    try {
      return await taking;
    } finally {
      this.#keys.delete(key);
    }
  }

  async #takeOrFind(submission: Submission, key: string): Promise<Submitted> {
    const { store, tenant } = this.#parts;
    const known = await store.findIdempotency(tenant, key);
    if (known === null) return this.#take(submission);
    const first = known.fingerprint === submission.fingerprint ? await store.readJob(tenant, known.runId) : null;
    if (first === null)
      throw runtimeError("idempotency-key-reused", { message: `The idempotency key "${key}" was used before with another request.` });
    return { jobs: (await this.#rowsOf(first)).map((row) => this.#viewOf(row)), graph: first.graph, created: false };
  }

  async #rowsOf(first: StoredJob): Promise<readonly StoredJob[]> {
    if (first.graph === null) return [first];
    const rows = await this.#parts.store.listJobs({ tenant: first.tenant, graph: first.graph, limit: maxLiveJobs });
    return [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #viewOf(row: StoredJob): JobView {
    const live = this.#parts.scheduler.jobs.get(row.id);
    return live === undefined ? viewOfRow(row) : viewOf(live);
  }

  async #take(submission: Submission): Promise<Submitted> {
    const completed = await this.#prepare(submission);
    // Nothing is awaited between the two: the jobs and their key go into one batch.
    const jobs = await this.#stored(submission, this.#admit(submission, completed), null);
    return { jobs: jobs.map(viewOf), graph: jobs[0]?.identity.graph ?? null, created: true };
  }

  /** What has to be asked first; gives the jobs that are waited for and have completed. */
  async #prepare(submission: Submission): Promise<ReadonlySet<string>> {
    const { tenant, hooks } = this.#parts;
    for (const webhook of webhooksOf(submission)) await hooks?.ensure(tenant, webhook);
    return needsStore(submission) ? this.completedBefore(submission) : nobody;
  }

  #admit(submission: Submission, completed: ReadonlySet<string>): readonly Job[] {
    const { clock, scheduler, committer } = this.#parts;
    if (committer.trouble !== null)
      throw runtimeError("server-overloaded", { message: `The store takes nothing at the moment: ${committer.trouble.message}` });
    if (scheduler.jobs.size + submission.jobs.length > maxLiveJobs)
      throw runtimeError("server-overloaded", {
        message: `There are ${scheduler.jobs.size} jobs that have not ended; at most ${maxLiveJobs} are kept.`,
      });
    const jobs = this.#jobsOf(submission, completed, clock.now());
    const length = jobs.reduce((sum, job) => sum + job.specLength, scheduler.specLength);
    if (length > maxLiveSpecLength)
      throw runtimeError("server-overloaded", {
        message: `The jobs that have not ended would take ${length} characters; at most ${maxLiveSpecLength} are kept.`,
      });
    const problems = scheduler.submit(jobs, !this.#parts.hasNodes(), submission.by);
    if (problems.length > 0) throw refusalOf(problems, submission.jobs, (i) => jobs[i]?.id ?? "");
    return jobs;
  }

  #stored({ idempotencyKey: key, fingerprint = "" }: Submission, jobs: readonly Job[], onEnd: Job["onEnd"]): Promise<readonly Job[]> {
    const { committer, scheduler, clock } = this.#parts;
    if (onEnd !== null) for (const job of jobs) job.onEnd = onEnd;
    if (key !== undefined) committer.key({ key, fingerprint, runId: jobs[0]?.id ?? "", at: clock.now() });
    return new Promise((resolve, reject) => {
      const failed = (error: BatonError): void => {
        for (const job of jobs) if (!job.ended) scheduler.finish(job, "cancelled", { fault: { code: error.code, message: error.message } });
        reject(error);
      };
      committer.wait({ stored: () => resolve(jobs), failed });
    });
  }

  #jobsOf({ jobs }: Submission, completed: ReadonlySet<string>, submittedAt: Instant): Job[] {
    const { tenant, random } = this.#parts;
    const ids = jobs.map(() => newId("job", submittedAt, random)).sort();
    const byName = new Map(jobs.flatMap((job, i) => namesOf(job).map((name) => [name, ids[i] as string] as const)));
    const graph = jobs.length > 1 ? (ids[0] as string) : null;
    return jobs.map(({ name, after, definition }, i) => {
      const identity: JobIdentity = { tenant, id: ids[i] as string, graph, name, submittedAt };
      const waitsFor = after.map((wanted) => byName.get(wanted) ?? wanted).filter((id) => !completed.has(id));
      return new Job(identity, definition, waitsFor);
    });
  }

  /** Jobs that are waited for and have completed already: the scheduler may have forgotten them. Rejects where one has not. */
  async completedBefore({ jobs }: Pick<Submission, "jobs">): Promise<ReadonlySet<string>> {
    const { store, tenant, scheduler } = this.#parts;
    const named = new Set(jobs.flatMap(namesOf));
    const ids = [...new Set(jobs.flatMap(({ after }) => after))].filter((id) => !named.has(id) && !scheduler.jobs.has(id));
    const rows = ids.length === 0 ? [] : await store.readJobs(tenant, ids);
    const failed = rows.filter(({ active, status }) => !active && status !== "completed");
    if (failed.length > 0) throw new JobsRefused(failed.map(failedDependency));
    return new Set(rows.filter(({ status }) => status === "completed").map(({ id }) => id));
  }
}

/** The webhooks of a submission, each once. */
function webhooksOf({ jobs }: Submission): readonly JobWebhook[] {
  const named = new Map<string, JobWebhook>();
  for (const { definition } of jobs) if (definition.webhook !== undefined) named.set(definition.webhook.name, definition.webhook);
  return named.size === 0 ? noWebhooks : [...named.values()];
}

const noWebhooks: readonly JobWebhook[] = [];
/** What others of the submission call a job. */
function namesOf({ name, instead }: NewJob): readonly string[] {
  return instead !== undefined ? [instead] : name !== null ? [name] : [];
}

const nobody: ReadonlySet<string> = new Set();

function needsStore({ jobs }: Submission): boolean {
  return jobs.some(({ after }) => after.length > 0);
}

function failedDependency({ id, status }: StoredJob): Problem {
  return {
    code: "dependency-failed",
    where: `job ${id}`,
    message: `it is waited for, and has ended without completing: ${status}`,
    next: "Submit both once more, together: `baton job retry` takes several ids, or --graph for all that did not complete.",
  };
}
