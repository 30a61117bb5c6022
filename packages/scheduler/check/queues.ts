// Checks a tree of queues as a whole, before any of it takes effect.
import { formatAmount, nearest } from "@baton/core";
import { problem } from "../errors.ts";
import { counted } from "../reasons/format.ts";
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
  const stranded = [...w.jobs.values()].filter((job) => !leaves.has(job.queue.id)).map((job) => job.queue.id);
  const [queue] = stranded;
  if (queue === undefined) return undefined;
  const jobs = counted(stranded.filter((id) => id === queue).length, "job");
  return inner.has(queue)
    ? invalid(queue, "id", `${jobs} wait or run in it, and jobs can only be in queues without queues below them`, emptyFirst)
    : invalid(queue, "id", `${jobs} wait or run in it, so that it cannot go`, emptyFirst);
}

const emptyFirst = "Wait for its jobs or cancel them first; the tree that was there stays in force.";

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
    if (limit === undefined || amount <= limit) continue;
    const [guaranteed, most] = [amount, limit].map((one) => formatAmount(name, one));
    return invalid(queue.id, `guarantee.${name}`, `its guarantee of ${guaranteed} of ${name} is above its limit of ${most}`);
  }
  return undefined;
}

function invalid(id: string, field: string, message: string, next?: string): Problem {
  return problem("queues-invalid", `queue ${id}, ${field}`, message, next);
}
