// The nodes of Kubernetes clusters, as nodes of this server. What a cluster does not allow keeps the server from starting; one that
// does not answer is tried again for as long as it takes.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatonError } from "@baton/core";
import { AttachedCluster, readKubernetesAccess, type KubernetesAccess } from "@baton/executors";
import { AttachedNode, localNodeId, systemClock } from "@baton/runtime";
import { tenant } from "./exchange.ts";
import type { LogLevel, LogWriter } from "./log.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";

/** Clusters that are attached. */
export interface OpenClusters {
  /** How many jobs run there. */
  running(): number;
  /** Ends all of them; resolves when that is stored. */
  stopAll(): Promise<void>;
  /** Lets go of what runs there: pods run on, and the next start goes on with them. */
  close(): Promise<void>;
}

/** Attaches the clusters that the options name. Rejects where one cannot be read, or does not let us in. */
export async function openClusters(opened: OpenRuntime, setup: RuntimeSetup, log: LogWriter): Promise<OpenClusters> {
  const { kubernetes = [], dataDir } = setup;
  if (kubernetes.length === 0) return none;
  const accesses = readKubernetesAccess(kubernetes);
  const folder = dataDir === undefined ? mkdtempSync(join(tmpdir(), "baton-clusters-")) : join(dataDir, "node");
  const owner = await localNodeId({ store: opened.store, tenant, clock: systemClock, random: Math.random });
  const stateFolder = join(folder, "clusters");
  const clusters = accesses.map((access) => clusterOf(access, opened, { ...setup, owner, stateFolder, log }));
  const close = async (): Promise<void> => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(clusters.map((cluster) => cluster.open()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    running: () => clusters.reduce((sum, { running }) => sum + running, 0),
    stopAll: async () => void (await Promise.all(clusters.map((cluster) => cluster.stopAll()))),
    close,
  };
}

const none: OpenClusters = { running: () => 0, stopAll: () => Promise.resolve(), close: () => Promise.resolve() };

interface ClusterSetup extends RuntimeSetup {
  readonly owner: string;
  readonly stateFolder: string;
  readonly log: LogWriter;
}

function clusterOf(access: KubernetesAccess, { jobs }: OpenRuntime, setup: ClusterSetup): AttachedCluster {
  const { owner, stateFolder, log, kubernetesNamespaces: namespaces, dataDir } = setup;
  const tell = ({ level, message }: { readonly level: LogLevel; readonly message: string }): void => log({ level, message });
  for (const warning of access.warnings) log({ level: "warning", message: `the Kubernetes cluster ${access.name}: ${warning}` });
  return new AttachedCluster({
    access,
    owner,
    stateFolder,
    now: () => systemClock.now(),
    outlive: dataDir !== undefined,
    ...(namespaces !== undefined && { namespaces }),
    attach: (said, agent) => new AttachedNode({ jobs, clock: systemClock, log: tell }, said, agent),
    trouble: (error) => tellTrouble(access, log, error),
  });
}

function tellTrouble({ name, server }: KubernetesAccess, log: LogWriter, error: BatonError | undefined): void {
  const cluster = `the Kubernetes cluster ${name} (${server.origin})`;
  if (error === undefined) return log({ level: "info", message: `${cluster} is followed again` });
  const why = error instanceof BatonError ? `${error.message} (${error.code})` : String(error);
  log({ level: "warning", message: `${cluster} cannot be followed; what runs there goes on: ${why}` });
}
