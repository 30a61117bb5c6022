// The node inside the server's own process: what this machine has, and the executors for it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLoadMeter, machineCapacity, machineLabels, openMachine, type PackageRunner } from "@baton/executors";
import { startLocalNode, systemClock, type LocalNode } from "@baton/runtime";
import { tenant } from "./exchange.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";

/** Starts the node of this process. With a data folder its jobs outlive it, and the next start goes on with them. */
export async function openLocalNode(
  { jobs, store }: Pick<OpenRuntime, "jobs" | "store">,
  { dataDir }: RuntimeSetup,
  packages?: PackageRunner,
): Promise<LocalNode> {
  const now = (): number => systemClock.now();
  const folder = dataDir === undefined ? mkdtempSync(join(tmpdir(), "baton-node-")) : join(dataDir, "node");
  const machine = await openMachine({ stateFolder: folder, now, outlive: dataDir !== undefined, ...(packages && { packages }) });
  const node = await startLocalNode({
    jobs,
    store,
    tenant,
    clock: systemClock,
    random: Math.random,
    capacity: machineCapacity(dataDir ?? tmpdir()),
    labels: { ...machineLabels(), ...machine.labels },
    measure: createLoadMeter(dataDir ?? tmpdir()),
    executors: machine.executors,
    ask: machine.ask,
  });
  const close: LocalNode["close"] = async (stopJobs) => {
    await node.close(stopJobs);
    // What starts the jobs ends a moment later, and may write into its folder until then.
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  return { ...node, close };
}
