// Queues and the policy as people edit them: checked by the scheduler, in force at once, stored before anybody is told so.
// A queue named default is always there: jobs that name none wait in it.
import { jsonEquals, nearest, type Json } from "@baton/core";
import type { Policy, Problem, QueueSpec } from "@baton/scheduler";
import type { AuditEntry, Store, StoredObject } from "@baton/storage";
import type { Audit } from "./audit.ts";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import { JobsRefused } from "./jobs-refused.ts";
import type { JobMeters } from "./job-meters.ts";
import type { LiveScheduler } from "./live-scheduler.ts";
import type { WrittenObjects } from "./read/objects.ts";
import { viewQueues, type QueueView } from "./queue-view.ts";
import { applyStaged, Turns, type AppliedObject, type Staged } from "./staged.ts";

/** What they are kept with. */
export interface ClusterObjectsParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly scheduler: LiveScheduler;
  readonly audit: Audit;
  readonly meters: JobMeters;
  /** What holds as long as no policy was applied. */
  readonly policy: Policy;
}

/** What of the written objects is kept here. */
type WrittenClusterObjects = Pick<WrittenObjects, "queues" | "policy"> & Partial<Pick<WrittenObjects, "tenants" | "resources">>;

const policyName = "policy";
const defaultQueue = "default";

/** The stored objects that the scheduler obeys. */
export class ClusterObjects {
  readonly #parts: ClusterObjectsParts;
  /** Whatever is changed is changed in turn. */
  readonly turns = new Turns();
  #queues: readonly QueueSpec[] = [{ id: defaultQueue }];
  #policy: Policy;
  /** Resources that somebody has declared, whether a node offers them or not. */
  #declared: ReadonlySet<string> = new Set();
  /** The names of queues that were applied. */
  readonly #stored = new Set<string>();

  constructor(parts: ClusterObjectsParts) {
    this.#parts = parts;
    this.#policy = parts.policy;
  }

  /** The whole tree of queues. */
  get queues(): readonly QueueSpec[] {
    return this.#queues;
  }

  /** What is declared, and what the tree limits and guarantees. */
  get resources(): ReadonlySet<string> {
    return this.#declared.union(
      new Set(this.#queues.flatMap(({ limit, guarantee }) => [...Object.keys(limit ?? {}), ...Object.keys(guarantee ?? {})])),
    );
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
    this.#declared = new Set((await store.listObjects(tenant, "resource")).map(({ name }) => name));
    for (const { id } of queues) this.#stored.add(id);
    if (queues.length > 0) {
      this.#queues = withDefault(queues);
      scheduler.setQueues(this.#queues);
    }
    if (stored === undefined) return;
    this.#policy = JSON.parse(stored.spec) as Policy;
    scheduler.setPolicy(this.#policy);
  }

  /** Creates objects, or replaces what they had. All of them or none: throws a JobsRefused with what is wrong. */
  apply(written: WrittenClusterObjects): Promise<readonly AppliedObject[]> {
    const { store, tenant } = this.#parts;
    return this.turns.take(() => applyStaged(store, tenant, this.#parts.meters, [this.stage(written)]));
  }

  /** What would become of them; throws what is wrong. Nothing changes. */
  check(written: WrittenClusterObjects): readonly AppliedObject[] {
    if (written.queues.length > 0) refuse(this.#parts.scheduler.checkQueues(this.#treeWith(written.queues)));
    return this.#changesOf(written).map(({ result }) => result);
  }

  /** Puts them in force, to be stored with what else is applied; throws what is wrong, and nothing has changed. */
  stage(written: WrittenClusterObjects): Staged {
    const { scheduler } = this.#parts;
    const changes = this.#changesOf(written);
    const before = { queues: this.#queues, policy: this.#policy, declared: this.#declared };
    if (written.queues.length > 0) {
      const tree = this.#treeWith(written.queues);
      refuse(scheduler.setQueues(tree));
      this.#queues = tree;
    }
    if (written.policy !== null) {
      scheduler.setPolicy(written.policy);
      this.#policy = written.policy;
    }
    this.#declared = this.#declared.union(new Set(written.resources ?? []));
    const takeBack = (): void => {
      ({ queues: this.#queues, policy: this.#policy, declared: this.#declared } = before);
      if (written.queues.length > 0) scheduler.setQueues(before.queues);
      if (written.policy !== null) scheduler.setPolicy(before.policy);
    };
    const fresh = changes.filter(({ result }) => result.result !== "unchanged");
    const carryOut = async (): Promise<void> => {
      for (const { id } of written.queues) this.#stored.add(id);
    };
    return {
      results: changes.map(({ result }) => result),
      objects: fresh.map(({ stored }) => stored),
      audit: fresh.map(({ entry }) => entry),
      carryOut,
      takeBack,
    };
  }

  #changesOf({ queues, tenants = [], policy, resources = [] }: WrittenClusterObjects): readonly Change[] {
    const known = new Map(this.#queues.map((queue) => [queue.id, queue]));
    const changes = queues.map((queue) => {
      const kind = tenants.includes(queue.id) ? "tenant" : "queue";
      // Nobody has applied the one that is always there.
      const before = this.#stored.has(queue.id) ? known.get(queue.id) : undefined;
      return this.#changeOf({ kind, stored: "queue", name: queue.id, before, after: queue });
    });
    const declared = resources.map((name) => {
      const before = this.#declared.has(name) ? {} : undefined;
      return this.#changeOf({ kind: "resource", stored: "resource", name, before, after: {} });
    });
    if (policy === null) return [...changes, ...declared];
    return [
      ...changes,
      ...declared,
      this.#changeOf({ kind: "policy", stored: "policy", name: policyName, before: this.#policy, after: policy }),
    ];
  }

  #changeOf({ kind, stored, name, before, after }: Compared): Change {
    const { tenant, clock } = this.#parts;
    const at = clock.now();
    const result = resultOf(before, after);
    const detail = { spec: plain(after), ...(before !== undefined && { before: plain(before) }) };
    return {
      result: { kind, name, result },
      stored: { tenant, kind: stored, name, spec: JSON.stringify(after), updatedAt: at },
      entry: { at, actor: "api", action: `${stored}.applied`, subject: name, detail },
    };
  }

  #treeWith(queues: readonly QueueSpec[]): readonly QueueSpec[] {
    const names = new Set(queues.map(({ id }) => id));
    return withDefault([...this.#queues.filter(({ id }) => !names.has(id)), ...queues]);
  }

  /** Removes a queue that no job is in and no queue is below. */
  async deleteQueue(id: string): Promise<void> {
    if (!this.#queues.some((queue) => queue.id === id)) throw this.#unknown(id);
    if (id === defaultQueue) throw queueInUse(id, "It is always there: jobs that name no queue wait in it.", "Leave it, or change it.");
    this.#refuseBelow(id);
    this.#refuseJobs(id);
    await this.turns.take(() => this.#remove(id));
  }

  async #remove(id: string): Promise<void> {
    const { store, tenant, scheduler } = this.#parts;
    const before = this.#queues;
    const tree = before.filter((queue) => queue.id !== id);
    refuse(scheduler.setQueues(tree));
    this.#queues = tree;
    try {
      await store.deleteObject(tenant, "queue", id);
    } catch (error) {
      this.#queues = before;
      scheduler.setQueues(before);
      throw error;
    }
    this.#stored.delete(id);
    this.#parts.meters.applied("queue", "deleted");
    this.#parts.audit("api", "queue.deleted", id, { before: plain(before.find((queue) => queue.id === id) ?? {}) });
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
}

/** Something that was applied, next to what was there. */
interface Compared {
  readonly kind: "tenant" | "queue" | "resource" | "policy";
  readonly stored: "queue" | "resource" | "policy";
  readonly name: string;
  readonly before: object | undefined;
  readonly after: object;
}

interface Change {
  readonly result: AppliedObject;
  readonly stored: StoredObject;
  readonly entry: AuditEntry;
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
