// The scale of Deployments in a Kubernetes cluster.
import { ApiClient, readScale, writeScale, type ClusterAccess, type Scale, type ScaleChange } from "@baton/job-executors";

/** Reads and changes how many replicas Deployments have. Throws BatonErrors for what the cluster says. */
export interface KubernetesScale {
  /** A namespace of null is the context's own. */
  read(deployment: string, namespace: string | null): Promise<Scale>;
  write(deployment: string, namespace: string | null, change: ScaleChange): Promise<Scale>;
  close(): void;
}

/** Opens the scales of a cluster. */
export function openClusterScale(access: ClusterAccess): KubernetesScale {
  const client = new ApiClient(access);
  const target = (name: string, namespace: string | null) => ({
    kind: "deployments" as const,
    name,
    ...(namespace !== null && { namespace }),
  });
  return {
    read: (name, namespace) => readScale(client, target(name, namespace)),
    write: (name, namespace, change) => writeScale(client, target(name, namespace), change),
    close: () => client.close(),
  };
}
