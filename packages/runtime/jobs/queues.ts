// Queues of tenants. A tenant is a queue at the top of the tree; its jobs wait in the queues at the bottom of it.
import { err, nearest, ok, type Result } from "@baton/core";
import type { QueueSpec } from "@baton/scheduler";

/** The queue that a tenant's job waits in: the one that is named, else its only one, else the one called default. */
export function queueOfTenant(queues: readonly QueueSpec[], tenant: string, queue: string | undefined): Result<string, string> {
  const top = queues.find(({ id, parent }) => id === tenant && parent === undefined);
  if (top === undefined) return err(noTenant(queues, tenant));
  const leaves = leavesBelow(queues, tenant);
  if (queue !== undefined) {
    if (leaves.includes(queue)) return ok(queue);
    return err(`the queue ${queue} is not one of the tenant ${tenant}; it has ${leaves.join(", ")}`);
  }
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return ok(only);
  const usual = leaves.find((leaf) => leaf === "default" || leaf === `${tenant}-default`);
  return usual === undefined ? err(`the tenant ${tenant} has several queues: name one of ${leaves.join(", ")}`) : ok(usual);
}

/** The queues at the bottom below a queue, or the queue itself. */
export function leavesBelow(queues: readonly QueueSpec[], id: string): readonly string[] {
  const children = queues.filter(({ parent }) => parent === id);
  return children.length === 0 ? [id] : children.flatMap((child) => leavesBelow(queues, child.id));
}

function noTenant(queues: readonly QueueSpec[], tenant: string): string {
  const tenants = queues.flatMap(({ id, parent }) => (parent === undefined ? [id] : []));
  const meant = nearest(tenant, tenants);
  if (meant !== undefined) return `there is no tenant ${tenant}; did you mean ${meant}?`;
  return `there is no tenant ${tenant}${tenants.length === 0 ? "; none was applied" : `; there are ${tenants.join(", ")}`}`;
}
