// How many replicas a workload of a cluster has and should have: its scale subresource, the same for all kinds.
import type { Json } from "@baton/core";
import { clusterError, type ApiClient } from "./api-client.ts";

/** What can be scaled. */
export interface ScaleTarget {
  readonly kind: "deployments" | "statefulsets" | "replicasets";
  readonly name: string;
  /** Absent: the context's own. */
  readonly namespace?: string;
}

/** Replicas that are wanted, and that are there. */
export interface Scale {
  readonly wanted: number;
  readonly running: number;
}

/** Reads it. Throws kubernetes-object-missing, kubernetes-forbidden and kubernetes-unreachable. */
export function readScale(client: ApiClient, target: ScaleTarget): Promise<Scale> {
  return ask(client, target);
}

/** Says how many replicas there should be; gives what holds from now on. Throws as readScale. */
export function writeScale(client: ApiClient, target: ScaleTarget, replicas: number): Promise<Scale> {
  return ask(client, target, { spec: { replicas } });
}

async function ask(client: ApiClient, { kind, name, namespace = client.access.namespace }: ScaleTarget, body?: Json): Promise<Scale> {
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind}/${encodeURIComponent(name)}/scale`;
  try {
    const answer = await client.ask(body === undefined ? { method: "GET", path } : { method: "PATCH", path, body });
    const { spec, status } = answer as { readonly spec?: { readonly replicas?: number }; readonly status?: { readonly replicas?: number } };
    return { wanted: spec?.replicas ?? 0, running: status?.replicas ?? 0 };
  } catch (error) {
    throw clusterError(error, client.access);
  }
}
