// Queues and the policy as people edit them: checked by the scheduler, in force at once, stored before anybody is told so.
// A queue named default is always there: jobs that name none wait in it.
import { jsonEquals, nearest, type Json } from "@baton/core";
import type { Policy, Problem, QueueSpec } from "@baton/scheduler";
import type { Store } from "@baton/storage";
import type { Audit } from "./audit.ts";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import { JobsRefused } from "./jobs-refused.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import type { WrittenObjects } from "./read/objects.ts";
import { viewQueues, type QueueView } from "./queue-view.ts";

/** What they are kept with. */
export interface ClusterObjectsParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly scheduler: LiveScheduler;
  readonly audit: Audit;
  /** What holds as long as no policy was applied. */
  readonly policy: Policy;
}

/** What became of an object. */
export interface AppliedObject {
  readonly kind: "queue" | "policy" | "deployment" | "autoscaler";
  readonly name: string;
  readonly result: "created" | "changed" | "unchanged";
}

const policyName = "policy";
const defaultQueue = "default";

/** The stored objects that the scheduler obeys. */
export class ClusterObjects {
  readonly #parts: ClusterObjectsParts;
  #queues: readonly QueueSpec[] = [{ id: defaultQueue }];
  #policy: Policy;

  constructor(parts: ClusterObjectsParts) {
    this.#parts = parts;
    this.#policy = parts.policy;
  }

  /** The whole tree of queues. */
  get queues(): readonly QueueSpec[] {
    return this.#queues;
  }

  /** What the tree limits and guarantees. */
  get resources(): ReadonlySet<string> {
    return new Set(this.#queues.flatMap(({ limit, guarantee }) => [...Object.keys(limit ?? {}), ...Object.keys(guarantee ?? {})]));
  }

  /** The policy in force. */
  get policy(): Policy {
    return this.#policy;
  }

  /** Puts what is stored in force. */
  async load(): Promise<void> {
    const { store, tenant, scheduler } = this.#parts;
    const queues = (await store.listObjects(tenant, "queue")).map(({ spec }) => JSON.parse(spec) as QueueSpec);
    const stored = (await store.listObjects(tenant, "policy"))[0];
    if (queues.length > 0) {
      this.#queues = withDefault(queues);
      scheduler.setQueues(this.#queues);
    }
    if (stored === undefined) return;
    this.#policy = JSON.parse(stored.spec) as Policy;
    scheduler.setPolicy(this.#policy);
  }

  /** Creates objects, or replaces what they had. All of them or none: throws a JobsRefused with what is wrong. */
  async apply({ queues, policy }: Pick<WrittenObjects, "queues" | "policy">): Promise<readonly AppliedObject[]> {
    const names = new Set(queues.map(({ id }) => id));
    const before = new Map(this.#queues.map((queue) => [queue.id, queue]));
    const stored = new Set((await this.#parts.store.listObjects(this.#parts.tenant, "queue")).map(({ name }) => name));
    const results = queues.map((queue): AppliedObject => {
      const known = stored.has(queue.id) ? before.get(queue.id) : undefined;
      return { kind: "queue", name: queue.id, result: resultOf(known, queue) };
    });
    const tree = [...this.#queues.filter(({ id }) => !names.has(id)), ...queues];
    if (queues.length > 0) await this.#setTree(tree, () => this.#writeQueues(queues));
    for (const queue of queues) this.#parts.audit("api", "queue.applied", queue.id, { spec: plain(queue) });
    if (policy === null) return results;
    const result = resultOf(this.#policy, policy);
    await this.#setPolicy(policy);
    this.#parts.audit("api", "policy.applied", policyName, { spec: plain(policy) });
    return [...results, { kind: "policy", name: policyName, result }];
  }

  /** Removes a queue that no job is in and no queue is below. */
  async deleteQueue(id: string): Promise<void> {
    const { store, tenant } = this.#parts;
    if (!this.#queues.some((queue) => queue.id === id)) throw this.#unknown(id);
    if (id === defaultQueue) throw queueInUse(id, "It is always there: jobs that name no queue wait in it.", "Leave it, or change it.");
    this.#refuseBelow(id);
    this.#refuseJobs(id);
    const tree = this.#queues.filter((queue) => queue.id !== id);
    await this.#setTree(tree, async () => void (await store.deleteObject(tenant, "queue", id)));
    this.#parts.audit("api", "queue.deleted", id);
  }

  /** All queues with what is in them. */
  views(): readonly QueueView[] {
    return viewQueues(this.#queues, this.#parts.scheduler.jobs.values());
  }

  /** One of them. */
  view(id: string): QueueView {
    const found = this.views().find(({ spec }) => spec.id === id);
    if (found === undefined) throw this.#unknown(id);
    return found;
  }

  #refuseBelow(id: string): void {
    const below = this.#queues.flatMap((queue) => (queue.parent === id ? [queue.id] : []));
    if (below.length === 0) return;
    const jobs = jobsIn(this.view(id));
    const full = jobs === 0 ? "" : `, and ${counted(jobs, "job")} in them`;
    throw queueInUse(id, `It has ${counted(below.length, "queue")} below it${full}: ${below.join(", ")}.`, "Remove those first.");
  }

  #refuseJobs(id: string): void {
    const view = this.view(id);
    const jobs = jobsIn(view);
    if (jobs === 0) return;
    const each = (["waiting", "pending", "running", "suspended"] as const).flatMap((status) =>
      view[status] === 0 ? [] : [`${view[status]} ${status}`],
    );
    const next = `Wait for them (\`baton job list --queue ${id} -o ids | baton job wait -\`) or cancel them, then remove the queue.`;
    throw queueInUse(id, `${counted(jobs, "job")} ${jobs === 1 ? "is" : "are"} in it: ${each.join(", ")}.`, next);
  }

  #unknown(id: string): Error {
    const meant = nearest(
      id,
      this.#queues.map((queue) => queue.id),
    );
    const advice = meant === undefined ? {} : { next: `Did you mean ${meant}?` };
    return runtimeError("queue-unknown", { message: `There is no queue ${id}.`, where: id, ...advice });
  }

  async #writeQueues(queues: readonly QueueSpec[]): Promise<void> {
    const { store, tenant, clock } = this.#parts;
    const updatedAt = clock.now();
    for (const queue of queues) await store.putObject({ tenant, kind: "queue", name: queue.id, spec: JSON.stringify(queue), updatedAt });
  }

  async #setPolicy(policy: Policy): Promise<void> {
    const { store, tenant, scheduler, clock } = this.#parts;
    refuse(scheduler.setPolicy(policy));
    const before = this.#policy;
    this.#policy = policy;
    try {
      await store.putObject({ tenant, kind: "policy", name: policyName, spec: JSON.stringify(policy), updatedAt: clock.now() });
    } catch (error) {
      this.#policy = before;
      scheduler.setPolicy(before);
      throw error;
    }
  }

  async #setTree(tree: readonly QueueSpec[], write: () => Promise<void>): Promise<void> {
    const { scheduler } = this.#parts;
    const before = this.#queues;
    const whole = withDefault(tree);
    refuse(scheduler.setQueues(whole));
    this.#queues = whole;
    try {
      await write();
    } catch (error) {
      this.#queues = before;
      scheduler.setQueues(before);
      throw error;
    }
  }
}

/** As it is stored. */
function plain(spec: object): Json {
  return JSON.parse(JSON.stringify(spec)) as Json;
}

function withDefault(tree: readonly QueueSpec[]): readonly QueueSpec[] {
  return tree.some(({ id }) => id === defaultQueue) ? tree : [...tree, { id: defaultQueue }];
}

function resultOf(before: object | undefined, after: object): AppliedObject["result"] {
  if (before === undefined) return "created";
  return jsonEquals(before as Json, JSON.parse(JSON.stringify(after)) as Json) ? "unchanged" : "changed";
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new JobsRefused(problems);
}

function jobsIn({ waiting, pending, running, suspended }: QueueView): number {
  return waiting + pending + running + suspended;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function queueInUse(id: string, why: string, next: string): Error {
  return runtimeError("queue-in-use", { message: `The queue ${id} cannot be removed. ${why}`, where: id, next });
}
