// Queues and the policy as people edit them: checked by the scheduler, in force at once, stored before anybody is told so.
import type { Instant } from "@baton/core";
import type { Policy, Problem, QueueSpec } from "@baton/scheduler";
import type { Store } from "@baton/storage";
import type { LiveScheduler } from "./live-scheduler.ts";

/** What they are kept with. */
export interface ClusterObjectsParts {
  readonly store: Store;
  readonly tenant: string;
  readonly scheduler: LiveScheduler;
}

const policyName = "policy";

/** The stored objects that the scheduler obeys. */
export class ClusterObjects {
  readonly #parts: ClusterObjectsParts;
  #queues: readonly QueueSpec[] = [];
  #policy: Policy | null = null;

  constructor(parts: ClusterObjectsParts) {
    this.#parts = parts;
  }

  /** The tree of queues; empty where nobody has said anything, and then there is one queue named default. */
  get queues(): readonly QueueSpec[] {
    return this.#queues;
  }

  /** The policy that was applied; null: what holds when nothing is said. */
  get policy(): Policy | null {
    return this.#policy;
  }

  /** Puts what is stored in force. */
  async load(): Promise<void> {
    const { store, tenant, scheduler } = this.#parts;
    this.#queues = (await store.listObjects(tenant, "queue")).map(({ spec }) => JSON.parse(spec) as QueueSpec);
    const stored = (await store.listObjects(tenant, "policy"))[0];
    if (this.#queues.length > 0) scheduler.setQueues(this.#queues);
    if (stored === undefined) return;
    this.#policy = JSON.parse(stored.spec) as Policy;
    scheduler.setPolicy(this.#policy);
  }

  /** Creates queues, or replaces what they had; gives what is wrong where the tree is refused, and then nothing has changed. */
  async putQueues(queues: readonly QueueSpec[], at: Instant): Promise<readonly Problem[]> {
    const names = new Set(queues.map(({ id }) => id));
    const tree = [...this.#queues.filter(({ id }) => !names.has(id)), ...queues];
    const { store, tenant } = this.#parts;
    return this.#setTree(tree, async () => {
      for (const queue of queues)
        await store.putObject({ tenant, kind: "queue", name: queue.id, spec: JSON.stringify(queue), updatedAt: at });
    });
  }

  /** Removes a queue that no job is in and no queue is below. */
  async deleteQueue(id: string): Promise<readonly Problem[]> {
    const { store, tenant } = this.#parts;
    const tree = this.#queues.filter((queue) => queue.id !== id);
    return this.#setTree(tree, async () => void (await store.deleteObject(tenant, "queue", id)));
  }

  /** Replaces the policy. */
  async putPolicy(policy: Policy, at: Instant): Promise<readonly Problem[]> {
    const { store, tenant, scheduler } = this.#parts;
    const problems = scheduler.setPolicy(policy);
    if (problems.length > 0) return problems;
    await store.putObject({ tenant, kind: "policy", name: policyName, spec: JSON.stringify(policy), updatedAt: at });
    this.#policy = policy;
    return [];
  }

  async #setTree(tree: readonly QueueSpec[], write: () => Promise<void>): Promise<readonly Problem[]> {
    const problems = this.#parts.scheduler.setQueues(treeOrDefault(tree));
    if (problems.length > 0) return problems;
    const before = this.#queues;
    this.#queues = tree;
    try {
      await write();
    } catch (error) {
      this.#queues = before;
      this.#parts.scheduler.setQueues(treeOrDefault(before));
      throw error;
    }
    return [];
  }
}

/** Without any queue there is the default one. */
export function treeOrDefault(tree: readonly QueueSpec[]): readonly QueueSpec[] {
  return tree.length === 0 ? [{ id: "default" }] : tree;
}
