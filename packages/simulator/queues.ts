// Which queue a job waits in. A history knows the queues of its jobs; jobs of a log or of a generated load wait in the queue that
// is named like their tenant, where the cluster has one, and otherwise in `default`, which is added to the tree if it is needed.
import type { QueueSpec } from "@baton/scheduler";
import type { Cluster } from "./cluster.ts";
import type { Workload } from "./workload/workload.ts";

const defaultQueue = "default";

/** The workload and the cluster with a queue for every job; as they are where the cluster has no tree of queues. */
export function assignQueues(workload: Workload, cluster: Cluster): { readonly workload: Workload; readonly cluster: Cluster } {
  if (cluster.queues.length === 0) return { workload, cluster };
  const leaves = leavesOf(cluster.queues);
  const queueOfTenant = workload.tenants.map((tenant) => (leaves.has(tenant) ? tenant : defaultQueue));
  const names = workload.specs ? workload.specs.map(({ queue }) => queue ?? defaultQueue) : queueOfTenant;
  const needed = names.includes(defaultQueue) && !leaves.has(defaultQueue);
  const queues = needed ? [...cluster.queues, { id: defaultQueue }] : cluster.queues;
  return { workload: workload.specs ? byTenant(workload, queues) : { ...workload, queueOfTenant }, cluster: { ...cluster, queues } };
}

/** A history with the top-level queues as its tenants; its jobs name leaves. */
function byTenant(workload: Workload, queues: readonly QueueSpec[]): Workload {
  const parents = new Map(queues.map(({ id, parent }) => [id, parent]));
  const topOf = (leaf: string): string => {
    let id = leaf;
    for (let parent = parents.get(id); parent !== undefined; parent = parents.get(id)) id = parent;
    return id;
  };
  const tops = workload.tenants.map(topOf);
  const tenants = [...new Set(tops)];
  return { ...workload, tenants, tenant: workload.tenant.map((owner) => tenants.indexOf(tops[owner] as string)) };
}

function leavesOf(queues: readonly QueueSpec[]): Set<string> {
  const parents = new Set(queues.map(({ parent }) => parent));
  return new Set(queues.map(({ id }) => id).filter((id) => !parents.has(id)));
}
