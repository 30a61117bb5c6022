// The tree of queues, built from its specification. Jobs keep their queues across a change of the tree.
import { assert } from "@baton/core";
import { allMayFit } from "../lanes.ts";
import type { Job, Queue } from "../model.ts";
import { orderRules } from "../order/index.ts";
import { addTo } from "../resources.ts";
import type { QueueSpec } from "../types.ts";
import { defaultQueue, limitLedger, type World } from "../world.ts";
import { settleGuarantees } from "./guarantee.ts";

/** Puts a checked tree in place of the one that was there. Every queue that a job is in must be a leaf of it. */
export function setQueues(w: World, specs: readonly QueueSpec[]): void {
  for (const spec of specs) {
    w.learnResources(spec.guarantee ?? {});
    w.learnResources(spec.limit ?? {});
  }
  const former = new Map(w.queues);
  const formerLeaves = w.leaves;
  w.queues.clear();
  w.forgetReservations();
  const root = w.root;
  root.children.length = 0;
  w.queues.set("", root);
  for (const spec of specs.length === 0 ? [{ id: defaultQueue }] : specs) {
    const queue = former.get(spec.id) ?? w.newQueue(spec.id);
    configure(w, queue, spec);
    w.queues.set(spec.id, queue);
  }
  for (const queue of w.queues.values()) if (queue !== root) attach(w, queue);
  w.leaves = [...w.queues.values()].filter((queue) => queue.children.length === 0 && queue !== root);
  for (const leaf of formerLeaves) {
    assert(w.queues.has(leaf.id) || leaf.pending.size + leaf.running === 0, `Expected queue ${leaf.id} to be empty, but it has jobs.`);
  }
  settleGuarantees(root, ({ spec: { guarantee } }) => guarantee && w.resources.vector(guarantee));
  recount(w);
  applyOrders(w);
  w.mustRebook = true;
  allMayFit(w);
}

/** Gives every queue the rules of its order, by its own specification or the policy. */
export function applyOrderRules(w: World): void {
  for (const queue of w.queues.values()) queue.order = orderRules(queue.spec.order ?? w.policy.order, w.orderFacts);
}

/** Puts orders in force, and sorts what waits by them. */
export function applyOrders(w: World): void {
  applyOrderRules(w);
  for (const leaf of w.leaves) {
    for (const job of leaf.pending) job.key = leaf.order.key(job, w.now);
    leaf.pending.resort();
    leaf.turns.clear();
  }
  const running = [...w.running()].filter((job) => job.queue.order.yieldsAt !== undefined);
  for (const job of running.sort((a, b) => a.startedAt - b.startedAt || a.seq - b.seq)) job.queue.turns.add(job);
}

function configure(w: World, queue: Queue, spec: QueueSpec): void {
  queue.spec = spec;
  queue.weight = spec.weight ?? 1;
  queue.maxRunning = spec.maxRunning ?? Infinity;
  queue.limit = spec.limit || spec.maxRunning !== undefined ? limitLedger(w.resources, spec.limit ?? {}) : undefined;
  queue.children.length = 0;
  queue.parent = undefined;
}

function attach(w: World, queue: Queue): void {
  queue.parent = w.queues.get(queue.spec.parent ?? "");
  queue.parent?.children.push(queue);
}

/** Counts what is used and what is open anew, at every level. */
function recount(w: World): void {
  for (const queue of w.queues.values()) {
    queue.used.fill(0);
    queue.dominantAsOf = -1;
    queue.running = 0;
    queue.open = 0;
  }
  for (const job of w.running()) {
    forPath(job.queue, (queue) => {
      addTo(queue.used, job.held);
      queue.running++;
      queue.limit?.add(job);
    });
  }
  for (const leaf of w.leaves) {
    for (const job of leaf.pending) if (isOpen(job)) forPath(leaf, (queue) => queue.open++);
  }
}

function isOpen(job: Job): boolean {
  return job.pinned !== undefined || !job.shape.unfit;
}

function forPath(leaf: Queue, visit: (queue: Queue) => void): void {
  for (let queue: Queue | undefined = leaf; queue !== undefined; queue = queue.parent) visit(queue);
}
