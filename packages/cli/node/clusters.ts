// `baton node join --kubernetes`: the nodes of clusters that this machine can reach as nodes of a server somewhere else. What a
// server does with the clusters that it reaches itself happens here; only the way to the server is longer.
import { join } from "node:path";
import { ApiError, type Problem } from "@baton/api";
import type { BatonError } from "@baton/core";
import { AttachedCluster, readKubernetesAccess, type KubernetesAccess } from "@baton/executors";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { ClusterKey } from "./cluster-key.ts";
import { ClusterNodeLink } from "./cluster-node.ts";
import type { NodeIdentity } from "./identity.ts";
import { podsAtStop, stopWithin } from "./jobs-at-stop.ts";

/** Which clusters join which server, and as what. */
export interface ClusterJoin {
  readonly url: string;
  /** Where the identity and what is known of jobs are kept. */
  readonly folder: string;
  readonly identity: NodeIdentity;
  readonly kubernetes?: readonly string[];
  readonly kubernetesNamespaces?: readonly string[];
  readonly labels: { readonly [key: string]: string };
  readonly pool?: string;
  readonly zone?: string;
  readonly stopJobs?: boolean;
}

/** Joins the nodes of clusters, and runs what the server says, until the first interrupt. */
export async function joinClusters(context: Context, options: ClusterJoin): Promise<ExitCode> {
  const { kubernetes = [], pool, identity, stopJobs = false } = options;
  checkNames(kubernetes, pool, identity.name);
  const ended = Promise.withResolvers<Problem | null>();
  const key = new ClusterKey(context, options.url, options.folder, identity);
  const clusters = readKubernetesAccess(kubernetes).map((access) => clusterOf(context, { ...options, key, failed: ended.resolve }, access));
  context.signal.addEventListener("abort", () => ended.resolve(null), { once: true });
  if (context.signal.aborted) ended.resolve(null);
  try {
    await Promise.all(clusters.map((cluster) => cluster.open()));
    const problem = await ended.promise;
    context.say(
      podsAtStop(
        clusters.reduce((sum, { running }) => sum + running, 0),
        stopJobs,
      ),
    );
    if (stopJobs && problem === null) await stopWithin(Promise.all(clusters.map((cluster) => cluster.stopAll())).then(() => undefined));
    if (problem === null) return exitCodes.done;
    throw new ApiError(problem);
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.close()));
  }
}

/** In the cluster, the name tells its Jobs from those of others; there it is a label. */
function checkNames(kubernetes: readonly string[], pool: string | undefined, name: string): void {
  if (pool !== undefined && kubernetes.length > 1)
    throw new CommandFailure(exitCodes.usage, "two clusters cannot be one pool", {
      where: "--pool",
      next: "join each cluster by a command of its own, with a folder of its own (--data)",
    });
  if (pool !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(pool))
    throw new CommandFailure(exitCodes.usage, `"${pool}" cannot begin the names of nodes`, {
      where: "--pool",
      next: "use letters, digits, dots and hyphens",
    });
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name))
    throw new CommandFailure(exitCodes.usage, `"${name}" cannot be a label of a cluster`, {
      where: "--name",
      next: "use at most 63 letters, digits, dots, hyphens and underscores",
    });
}

interface ClusterParts extends ClusterJoin {
  readonly key: ClusterKey;
  readonly failed: (problem: Problem) => void;
}

function clusterOf(
  context: Context,
  { url, folder, identity, kubernetesNamespaces: namespaces, labels, pool, zone, key, failed }: ClusterParts,
  access: KubernetesAccess,
): AttachedCluster {
  const say = onceInARow((text) => context.say(text));
  for (const warning of access.warnings) say(`warning: the Kubernetes cluster ${access.name}: ${warning}\n`);
  const parts = { url, key, labels, say, out: (text: string): void => context.out(text), failed, ...(zone !== undefined && { zone }) };
  return new AttachedCluster({
    access,
    owner: identity.name,
    stateFolder: join(folder, "clusters"),
    now: () => Date.now(),
    outlive: true,
    ...(pool !== undefined && { pool }),
    ...(namespaces !== undefined && { namespaces }),
    attach: (said, agent) => new ClusterNodeLink(parts, said, agent),
    trouble: (error) => say(troubleText(access, error)),
    refused: ({ job, token }) => say(`${job}: the end of attempt ${token} came too late (report-late)\n`),
  });
}

/** All nodes of a cluster meet the same troubles at the same time. */
function onceInARow(say: (text: string) => void): (text: string) => void {
  let last = "";
  return (text) => {
    if (text !== last) say(text);
    last = text;
  };
}

function troubleText({ name, server }: KubernetesAccess, error: BatonError | undefined): string {
  const cluster = `the Kubernetes cluster ${name} (${server.origin})`;
  if (error === undefined) return `${cluster} is followed again\n`;
  return `${cluster} cannot be followed; what runs there goes on: ${error.message} (${error.code})\n`;
}
