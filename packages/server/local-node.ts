// The node inside the server's own process: what this machine has, and the executors for it.
import { tmpdir } from "node:os";
import { createProcessJobs, machineCapacity, machineLabels } from "@baton/executors";
import { startLocalNode, systemClock, type LocalNode } from "@baton/runtime";
import { tenant } from "./exchange.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";

/** Starts the node of this process. */
export function openLocalNode({ jobs, store }: OpenRuntime, { dataDir }: RuntimeSetup): Promise<LocalNode> {
  const now = (): number => systemClock.now();
  return startLocalNode({
    jobs,
    store,
    tenant,
    clock: systemClock,
    random: Math.random,
    capacity: machineCapacity(dataDir ?? tmpdir()),
    labels: machineLabels(),
    executors: (nodeId) => [createProcessJobs({ nodeId, now })],
  });
}
