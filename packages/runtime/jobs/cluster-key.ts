// Nodes of one Kubernetes cluster that come over a wire are spoken for by one program, and share its key: a cluster grows long after
// the token that its first nodes joined with has ended. So whoever shows the key of one of them may bring others of the same cluster,
// and the key is remembered as long as one of them is, also while the cluster has no node at all.
import { abilityLabels, type NodeHello } from "@baton/executors";
import { digestOf, type NodeRecord } from "./node-record.ts";

/** Whether a node that wants to come belongs to the cluster of one that is known, and has its key. `there`: who has its name. */
export function isOfCluster(known: NodeRecord | undefined, hello: NodeHello, there: NodeRecord | undefined): boolean {
  const { id, pool, labels, key } = hello;
  const cluster = known?.spec.labels?.[abilityLabels.kubernetes];
  if (known === undefined || known.keyDigest === null || cluster === undefined || key === undefined) return false;
  const isSamePool = pool !== undefined && pool === known.spec.pool && id.startsWith(`${pool}.`) && known.spec.id.startsWith(`${pool}.`);
  const hasKey = digestOf(key) === known.keyDigest && (there === undefined || there.keyDigest === known.keyDigest);
  return isSamePool && hasKey && labels?.[abilityLabels.kubernetes] === cluster;
}

/** Whether a node's key is remembered without it, with another node of its cluster. */
export function isKnownWithout(node: NodeRecord, others: Iterable<NodeRecord>): boolean {
  if (node.spec.labels?.[abilityLabels.kubernetes] === undefined || node.keyDigest === null) return false;
  for (const other of others) if (other.spec.id !== node.spec.id && other.keyDigest === node.keyDigest) return true;
  return false;
}
