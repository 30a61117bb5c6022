// Whether the cluster lets us do what we must, asked before anything is: what is missing is said at once and as a whole, not one
// by one by the jobs that fail of it.
import type { BatonError } from "@baton/core";
import { jobError } from "../errors.ts";
import { clusterError, type ApiClient } from "./api-client.ts";

interface Need {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
}

/** In each namespace that jobs go to. */
const inNamespace: readonly Need[] = [
  { group: "batch", resource: "jobs", verbs: ["create", "get", "list", "watch", "patch", "delete"] },
  { group: "", resource: "pods", verbs: ["list", "watch", "delete"] },
  { group: "", resource: "pods", subresource: "binding", verbs: ["create"] },
  { group: "", resource: "pods", subresource: "log", verbs: ["get"] },
];

/** In the whole cluster: nodes, and what the pods on them take. */
const inCluster: readonly Need[] = [
  { group: "", resource: "nodes", verbs: ["list", "watch"] },
  { group: "", resource: "pods", verbs: ["list", "watch"] },
];

/** Resolves where nothing is missing. Throws kubernetes-forbidden with all that is, or what keeps us from asking. */
export async function checkPermissions(client: ApiClient, namespaces: readonly string[]): Promise<void> {
  const asked = [
    ...inCluster.map((need) => missing(client, need)),
    ...namespaces.flatMap((name) => inNamespace.map((need) => missing(client, need, name))),
  ];
  const all = await Promise.all(asked).catch((error: unknown) => {
    throw clusterError(error, client.access);
  });
  const found = all.filter((text) => text !== undefined);
  if (found.length > 0) throw forbidden(client, found);
}

function forbidden({ access }: ApiClient, found: readonly string[]): BatonError {
  return jobError("kubernetes-forbidden", {
    where: `${access.name} (${access.server.origin})`,
    message: `Baton may not ${found.join("; ")}.`,
  });
}

/** What of a need is not given, in words. */
async function missing(client: ApiClient, { group, resource, subresource, verbs }: Need, namespace?: string): Promise<string | undefined> {
  const answers = await Promise.all(
    verbs.map(async (verb) => {
      const attributes = {
        verb,
        group,
        resource,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== undefined && { namespace }),
      };
      const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes: attributes } };
      const answer = await client.ask({ method: "POST", path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body });
      const { allowed = false } = (answer as { readonly status?: { readonly allowed?: boolean } }).status ?? {};
      return allowed ? [] : [verb];
    }),
  );
  const denied = answers.flat();
  if (denied.length === 0) return undefined;
  const name = [resource, ...(subresource === undefined ? [] : [subresource])].join("/") + (group === "" ? "" : `.${group}`);
  return `${denied.join(", ")} ${name} ${namespace === undefined ? "in the whole cluster" : `in the namespace ${namespace}`}`;
}
