// The roles that the Kubernetes guide shows, given to a user of a test's cluster: what is tested is what people copy.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { TestCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";

/** Gives a user what the manifest of a section of the guide gives to its service account. */
export async function grantGuidesRole(cluster: TestCluster, user: string, section: string): Promise<void> {
  const guide = readFileSync(new URL("../docs/guide/kubernetes.md", import.meta.url), "utf8");
  const manifest = guide
    .slice(guide.indexOf(`\n${section}\n`))
    .split("```yaml\n")
    .find((text) => text.startsWith("apiVersion: "));
  const subjects = [{ kind: "User", name: user, apiGroup: "rbac.authorization.k8s.io" }];
  for (const document of parseAllDocuments(manifest?.split("```")[0] ?? "")) {
    const object = document.toJS() as { readonly kind: string; readonly metadata: { readonly namespace?: string } };
    if (object.kind === "ServiceAccount") continue;
    const { namespace } = object.metadata;
    const path = `/apis/rbac.authorization.k8s.io/v1${namespace === undefined ? "" : `/namespaces/${namespace}`}/${object.kind.toLowerCase()}s`;
    await cluster.client.ask({ method: "POST", path, body: { ...object, ...("subjects" in object && { subjects }) } });
  }
}
