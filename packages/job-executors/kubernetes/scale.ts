// How many replicas a workload of a cluster has and should have: its scale subresource, the same for all kinds.
import { jobError } from "../errors.ts";
import { scaleTries } from "../limits.ts";
import { ApiRefusal, clusterError, type ApiClient } from "./api-client.ts";

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

/** What a decision was made on, and what it came to. */
export interface ScaleChange {
  /** How many were wanted when it was decided. */
  readonly from: number;
  readonly to: number;
}

interface ScaleObject {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

const conflict = 409;

/** Reads it. Throws kubernetes-object-missing, kubernetes-forbidden and kubernetes-unreachable. */
export async function readScale(client: ApiClient, target: ScaleTarget): Promise<Scale> {
  return scaleOf(await told(client, get(client, target)));
}

/**
 * Says how many replicas there should be; gives what holds from now on. Where somebody else has changed their number since it was
 * decided, nothing is written. Throws kubernetes-conflict then, else as readScale.
 */
export async function writeScale(client: ApiClient, target: ScaleTarget, change: ScaleChange): Promise<Scale> {
  for (let tries = 1; ; tries++) {
    const before = await told(client, get(client, target));
    const { wanted } = scaleOf(before);
    if (wanted !== change.from) throw outrun(client, target, `has ${wanted} replicas now, not ${change.from}`);
    try {
      return scaleOf(await patch(client, target, before, change.to));
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === conflict)) throw clusterError(error, client.access);
      // Something about it has changed; whether that was the number of replicas shows when it is read again.
      if (tries === scaleTries) throw outrun(client, target, `changed ${tries} times while it was to be scaled`);
    }
  }
}

function outrun({ access }: ApiClient, { kind, name, namespace = access.namespace }: ScaleTarget, how: string): Error {
  return jobError("kubernetes-conflict", {
    where: `${access.name} (${access.server.origin})`,
    message: `${kind}/${name} in ${namespace} ${how}.`,
  });
}

function scaleOf({ spec, status }: ScaleObject): Scale {
  return { wanted: spec?.replicas ?? 0, running: status?.replicas ?? 0 };
}

async function get(client: ApiClient, target: ScaleTarget): Promise<ScaleObject> {
  return (await client.ask({ method: "GET", path: pathOf(client, target) })) as ScaleObject;
}

async function patch(client: ApiClient, target: ScaleTarget, { metadata }: ScaleObject, replicas: number): Promise<ScaleObject> {
  const version = metadata?.resourceVersion;
  const body = { ...(version !== undefined && { metadata: { resourceVersion: version } }), spec: { replicas } };
  return (await client.ask({ method: "PATCH", path: pathOf(client, target), body })) as ScaleObject;
}

function pathOf({ access }: ApiClient, { kind, name, namespace = access.namespace }: ScaleTarget): string {
  return `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${kind}/${encodeURIComponent(name)}/scale`;
}

async function told<Answer>({ access }: ApiClient, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    throw clusterError(error, access);
  });
}
