// Checks a tree of queues as a whole, before any of it takes effect.
import { nearest } from "@baton/core";
import { problem } from "../errors.ts";
import type { Amounts, Problem, QueueSpec } from "../types.ts";
import type { World } from "../world.ts";
import { amountsMistake } from "./amounts.ts";
import { cyclesOf } from "./graph.ts";

/** What is wrong with a tree of queues for the jobs that are known; undefined where nothing is. */
export function checkQueues(w: World, queues: readonly QueueSpec[]): Problem | undefined {
  const found = checkTree(queues);
  if (found !== undefined) return found;
  const inner = new Set(queues.map((queue) => queue.parent));
  const leaves = new Set(queues.filter((queue) => !inner.has(queue.id)).map((queue) => queue.id));
  for (const job of w.jobs.values()) {
    if (!leaves.has(job.queue.id))
      return invalid(job.queue.id, "id", `job ${job.id} is in it, so it must stay a queue without queues below it`);
  }
  return undefined;
}

/** What is wrong with a tree of queues by itself; undefined where nothing is. */
export function checkTree(queues: readonly QueueSpec[]): Problem | undefined {
  const byId = new Map<string, QueueSpec>();
  for (const queue of queues) {
    if (queue.id === "") return invalid(queue.id, "id", "a queue needs a name");
    if (byId.has(queue.id)) return invalid(queue.id, "id", "there are two queues of this name");
    byId.set(queue.id, queue);
  }
  for (const queue of queues) {
    const found = checkQueue(queue, byId);
    if (found !== undefined) return found;
  }
  const circle = cyclesOf(queues, (queue) => (queue.parent === undefined ? [] : [byId.get(queue.parent) as QueueSpec]))[0];
  return circle && invalid(circle[0]?.id ?? "", "parent", `a circle of parents: ${circle.map((queue) => queue.id).join(" below ")}`);
}

function checkQueue(queue: QueueSpec, byId: ReadonlyMap<string, QueueSpec>): Problem | undefined {
  if (queue.parent !== undefined && !byId.has(queue.parent)) {
    const meant = nearest(queue.parent, byId.keys());
    return invalid(queue.id, "parent", `there is no queue ${queue.parent}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  if (queue.weight !== undefined && !(queue.weight > 0 && queue.weight < Infinity)) {
    return invalid(queue.id, "weight", `weight is ${queue.weight}: it must be above 0`);
  }
  if (queue.maxRunning !== undefined && !(queue.maxRunning >= 0))
    return invalid(queue.id, "maxRunning", `maxRunning is ${queue.maxRunning}: it must not be negative`);
  return checkAmounts(queue, "guarantee", queue.guarantee) ?? checkAmounts(queue, "limit", queue.limit) ?? checkWithin(queue);
}

function checkAmounts(queue: QueueSpec, field: string, amounts: Amounts | undefined): Problem | undefined {
  const mistake = amounts && amountsMistake(amounts);
  return mistake && invalid(queue.id, `${field}.${mistake.field}`, mistake.message);
}

function checkWithin(queue: QueueSpec): Problem | undefined {
  for (const [name, amount] of Object.entries(queue.guarantee ?? {})) {
    const limit = queue.limit?.[name];
    if (limit !== undefined && amount > limit)
      return invalid(queue.id, `guarantee.${name}`, `its guarantee of ${amount} is above its limit of ${limit}`);
  }
  return undefined;
}

function invalid(id: string, field: string, message: string): Problem {
  return problem("queues-invalid", `queue ${id}, ${field}`, message);
}
