// One job that has not ended, and the row that it is. The state that is stored is changed here at once; it becomes true for
// others when its row is durable.
//
// | status     | it                                                         |
// |------------|------------------------------------------------------------|
// | waiting    | waits for other jobs                                       |
// | pending    | waits for room, its turn, a date or its gang               |
// | allocated  | has a place on a node, which has not said yet that it runs |
// | running    | runs                                                       |
// | suspended  | is frozen on its node                                      |
// | completed, failed, cancelled, lost | has ended; nothing changes any more |
import type { Instant, Json } from "@baton/core";
import type { JobFault, JobTask, JobUsage } from "@baton/executors";
import type { JobSpec, ReasonCode } from "@baton/scheduler";
import type { JobUpdate, StoredJob } from "@baton/storage";
import type { JobDefinition, Placement } from "./definition.ts";
import { jobOutputLimits, stepOutputLimits } from "./limits.ts";
import type { OutputBook, OutputLimits } from "./output-book.ts";
import { specLengthOf } from "./spec-length.ts";

/** Where a job is in its life; see the head of this file. */
export type JobStatus = "waiting" | "pending" | "allocated" | "running" | "suspended" | FinalJobStatus;

/** How a job can end. */
export type FinalJobStatus = "completed" | "failed" | "cancelled" | "lost";

/** What came of a job. */
export interface JobResult {
  readonly output?: Json;
  readonly fault?: JobFault;
  readonly usage?: JobUsage;
}

/** What a new job is made of. */
export interface JobIdentity {
  readonly tenant: string;
  readonly id: string;
  readonly graph: string | null;
  readonly name: string | null;
  readonly submittedAt: Instant;
}

const finals: ReadonlySet<string> = new Set<FinalJobStatus>(["completed", "failed", "cancelled", "lost"]);

/** True for a status that a job ends with. */
export function isFinalJobStatus(status: string): status is FinalJobStatus {
  return finals.has(status);
}

/** A job in memory. */
export class Job {
  readonly identity: JobIdentity;
  readonly definition: JobDefinition;
  /** Ids of the jobs that it waits for, as they are to be told to the scheduler. */
  after: readonly string[];
  status: JobStatus = "pending";
  attempt = 0;
  failures = 0;
  losses = 0;
  node: string | null = null;
  notBefore: Instant | null = null;
  cancelling = false;
  startedAt: Instant | null = null;
  endedAt: Instant | null = null;
  result: JobResult | null = null;
  /** Why it waits, as the scheduler said last. */
  reason: ReasonCode | null = null;
  /** It was told to make room, and will come back into its queue. */
  preempting = false;
  /** It was told to freeze, and its node has not said yet that it has. */
  suspending = false;
  /** It has been frozen in this attempt, or may have been before this server started; its node may not have heard that it goes on. */
  wasSuspended = false;
  /** The start order of this attempt has gone out. */
  ordered = false;
  /** It has a row. */
  stored = false;
  /** Told when its end is durable. */
  onEnd: ((job: Job) => void) | null = null;
  /** What its attempt has written, where it has written anything. */
  output: OutputBook | null = null;
  /** How much of what was submitted it keeps, in characters. */
  readonly specLength: number;
  readonly #spec: string | undefined;

  constructor(identity: JobIdentity, definition: JobDefinition, after: readonly string[], spec?: string) {
    this.identity = identity;
    this.definition = definition;
    this.after = after;
    this.#spec = spec;
    this.specLength = spec?.length ?? specLengthOf(definition);
  }

  get id(): string {
    return this.identity.id;
  }

  /** The queue in which it waits. */
  get queue(): string {
    return this.definition.placement.queue ?? "default";
  }

  /** True once it has ended. */
  get ended(): boolean {
    return this.endedAt !== null;
  }

  /** True while a node has it. */
  get placed(): boolean {
    return this.node !== null && !this.ended;
  }

  /** How much of what it writes is kept. */
  get outputLimits(): OutputLimits {
    return this.definition.origin === undefined ? jobOutputLimits : stepOutputLimits;
  }

  /** As the scheduler is told of it. */
  get spec(): JobSpec {
    const { placement } = this.definition;
    const plain = { ...placement, id: this.id };
    const dated = this.notBefore === null ? plain : { ...plain, notBefore: this.notBefore };
    return this.after.length === 0 ? dated : { ...dated, after: this.after };
  }

  /** As its node is told of it. */
  get task(): JobTask {
    const { work, payload, environment, placement, timeoutMs, limits = placement.requests, pids } = this.definition;
    const most = pids === undefined ? limits : { ...limits, pids };
    return { job: this.id, token: this.attempt, work, payload, environment, limits: most, timeoutMs };
  }

  /** What changes of its row. Made for every job, as the row is: so it is not put together from parts. */
  get update(): JobUpdate {
    return {
      tenant: this.identity.tenant,
      id: this.identity.id,
      status: this.status,
      active: !this.ended,
      attempt: this.attempt,
      failures: this.failures,
      losses: this.losses,
      node: this.node,
      notBefore: this.notBefore,
      cancelling: this.cancelling,
      startedAt: this.startedAt,
      endedAt: this.endedAt,
      result: this.#resultText,
    };
  }

  /** Why it waits; null: it has a place, or is over. A pass says nothing of jobs that it did not come to: others go first. */
  get whyWaiting(): ReasonCode | null {
    const { status, reason, notBefore, failures } = this;
    if (status === "suspended") return reason ?? "suspended.policy";
    if (status !== "pending" && status !== "waiting") return null;
    // To the scheduler a job that waits for its next try waits for a date.
    if (reason === "pending.schedule" && failures > 0 && notBefore !== null) return "waiting.retry";
    return reason ?? reasonWithoutPass(this.definition.placement);
  }

  /** The whole row. */
  get row(): StoredJob {
    const { identity, definition } = this;
    return {
      tenant: identity.tenant,
      id: identity.id,
      graph: identity.graph,
      queue: this.queue,
      kind: definition.work.kind,
      name: identity.name,
      submittedAt: identity.submittedAt,
      spec: this.#spec ?? specOf(definition, this.after),
      status: this.status,
      active: !this.ended,
      attempt: this.attempt,
      failures: this.failures,
      losses: this.losses,
      node: this.node,
      notBefore: this.notBefore,
      cancelling: this.cancelling,
      startedAt: this.startedAt,
      endedAt: this.endedAt,
      result: this.#resultText,
    };
  }

  get #resultText(): string | null {
    return this.result === null ? null : JSON.stringify(this.result);
  }

  /** Placed on a node: a new attempt. */
  place(node: string): void {
    this.attempt++;
    this.node = node;
    this.status = "allocated";
    this.reason = null;
    this.notBefore = null;
    this.startedAt = null;
    this.ordered = false;
    this.preempting = false;
    this.suspending = false;
    this.wasSuspended = false;
    this.output = null;
  }

  /** Back into its queue. */
  unplace(notBefore: Instant | null): void {
    this.node = null;
    this.status = "pending";
    this.notBefore = notBefore;
    this.startedAt = null;
    this.preempting = false;
  }

  /** It is over. */
  end(status: FinalJobStatus, at: Instant, result: JobResult): void {
    this.status = status;
    this.endedAt = at;
    this.result = result;
    this.reason = null;
  }
}

/** What the last job had in common with others, and its text. */
let lastTerms: { readonly of: JobDefinition; readonly text: string } | undefined;

/** As it is stored: what jobs of one submission mostly have in common, then what is a job's own. */
function specOf(definition: JobDefinition, after: readonly string[]): string {
  if (lastTerms === undefined || !isSameBut(definition, lastTerms.of)) {
    const { payload: _, ...terms } = definition;
    lastTerms = { of: definition, text: JSON.stringify(terms).slice(0, -1) };
  }
  return `${lastTerms.text},"payload":${JSON.stringify(definition.payload)},"after":${JSON.stringify(after)}}`;
}

/** Whether two definitions share everything but their payload. */
function isSameBut(a: JobDefinition, b: JobDefinition): boolean {
  let left = Object.keys(b).length;
  for (const key in a) {
    const part = key as keyof JobDefinition;
    if (part !== "payload" && a[part] !== b[part]) return false;
    left--;
  }
  return left === 0;
}

/** Why a job waits that no pass came to. */
export function reasonWithoutPass({ gang }: Placement): ReasonCode {
  return gang === undefined ? "pending.fairness" : "pending.gang";
}

/** A job from its row. */
export function jobFromRow(row: StoredJob): Job {
  const { tenant, id, graph, name, submittedAt } = row;
  const { after, ...definition } = JSON.parse(row.spec) as JobDefinition & { readonly after: readonly string[] };
  const job = new Job({ tenant, id, graph, name, submittedAt }, definition, after, row.spec);
  const { attempt, failures, losses, node, notBefore, cancelling, startedAt, endedAt } = row;
  Object.assign(job, { attempt, failures, losses, node, notBefore, cancelling, startedAt, endedAt });
  job.status = row.status as JobStatus;
  job.result = row.result === null ? null : (JSON.parse(row.result) as JobResult);
  job.stored = true;
  return job;
}
