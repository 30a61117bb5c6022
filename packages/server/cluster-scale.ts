// Workloads of the Kubernetes clusters that the server knows, as what autoscalers scale.
import { openClusterScale, readKubernetesAccess, type KubernetesScale } from "@baton/executors";
import type { ClusterScale } from "@baton/runtime";
import { serverError } from "./errors.ts";

/** Scales of clusters by their names; each cluster is reached when it is asked for first. */
export function clusterScales(clusters: readonly string[]): ClusterScale & { close(): void } {
  const open = new Map<string, KubernetesScale>();
  const scaleOf = (wanted: string | null): KubernetesScale => {
    const all = readKubernetesAccess(clusters);
    const access = wanted === null ? all[0] : all.find(({ name }) => name === wanted);
    if (access === undefined) {
      const known = all.map(({ name }) => name).join(", ");
      throw serverError("cluster-unknown", {
        message: `There is no cluster ${wanted ?? ""}${known === "" ? "" : `; known are ${known}`}.`,
      });
    }
    const scale = open.get(access.name) ?? openClusterScale(access);
    open.set(access.name, scale);
    return scale;
  };
  return {
    read: async ({ cluster, namespace, name }) => (await scaleOf(cluster).read(name, namespace)).wanted,
    write: async ({ cluster, namespace, name }, change) => void (await scaleOf(cluster).write(name, namespace, change)),
    close: () => {
      for (const scale of open.values()) scale.close();
    },
  };
}
