// The roles that the Kubernetes guide shows, given to a user of a test's cluster: what is tested is what people copy.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { JsonObject } from "../packages/core/index.ts";
import type { TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** An object of a manifest, as far as it is looked at here. */
interface Part {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

/** Gives a user what the manifest of a section of the guide gives to its service account; resolves when the API server knows. */
export async function grantGuidesRole(cluster: TestCluster, user: string, section: string): Promise<void> {
  const guide = readFileSync(new URL("../docs/guide/kubernetes.md", import.meta.url), "utf8");
  const manifest = guide
    .slice(guide.indexOf(`\n${section}\n`))
    .split("```yaml\n")
    .find((text) => text.startsWith("apiVersion: "));
  const subjects = [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }];
  const parts = parseAllDocuments(manifest?.split("```")[0] ?? "").map((document) => document.toJS() as Part);
  for (const part of parts) {
    if (part.kind === "ServiceAccount") continue;
    const { namespace } = part.metadata;
    const path = `/apis/rbac.authorization.k8s.io/v1${namespace === undefined ? "" : `/namespaces/${namespace}`}/${part.kind.toLowerCase()}s`;
    await cluster.client.ask({ method: "POST", path, body: { ...part, ...("subjects" in part && { subjects }) } as unknown as JsonObject });
  }
  // What was written works a little later.
  for (const resourceAttributes of parts.flatMap(rightsIn))
    while (!(await isAllowed(cluster, { user, resourceAttributes }))) await sleep(50);
}

function rightsIn({ metadata: { namespace }, rules = [] }: Part): JsonObject[] {
  const where = namespace === undefined ? {} : { namespace };
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((name) => {
        const [resource = "", subresource] = name.split("/");
        const what = { ...where, group, resource, ...(subresource !== undefined && { subresource }) };
        return verbs.map((verb) => ({ ...what, verb }));
      }),
    ),
  );
}

async function isAllowed({ client }: TestCluster, spec: JsonObject): Promise<boolean> {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
  const review = await client.ask({ method: "POST", path: "/apis/authorization.k8s.io/v1/subjectaccessreviews", body });
  return (review as { readonly status: { readonly allowed: boolean } }).status.allowed;
}
