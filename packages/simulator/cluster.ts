// The cluster that a simulation runs on: groups of like nodes, and the tree of queues. A description is data that was
// read from YAML or JSON; every mistake in it is reported with its JSON pointer, from which the command line finds the line.
//
//   nodes:
//     - { name: worker, count: 20, capacity: { cpu: 32, memory: 128Gi }, zone: a }
//     - { name: gpu, count: 4, capacity: { cpu: 64, memory: 512Gi, gpu: 8 }, taints: [{ key: gpu, effect: no-schedule }] }
//   queues:
//     - { id: research, weight: 2, guarantee: { cpu: 64 } }
import { err, get, ok, type Json, type Result } from "@baton/core";
import type { NodeSpec, QueueSpec } from "@baton/scheduler";
import type { Problem } from "./errors.ts";
import { JsonReader } from "./json-reader.ts";
import { readLabels, readTaints, writtenAmounts } from "./specs/fields.ts";
import { readQueues } from "./specs/queues.ts";

/** Nodes and queues. */
export interface Cluster {
  readonly nodes: readonly NodeSpec[];
  readonly queues: readonly QueueSpec[];
}

/** The largest cluster that is accepted. */
export const maxNodes = 100_000;

/** The largest plain machine that is accepted. */
export const maxProcessors = 1_000_000_000;

const rootFields = ["nodes", "queues"];
const nodeFields = ["name", "count", "capacity", "labels", "taints", "pool", "zone", "speed", "weight"];

/** One machine that offers nothing but processors, as logs of parallel computers describe theirs. */
export function plainMachine(processors: number): Cluster {
  return { nodes: [{ id: "machine", capacity: { processors } }], queues: [] };
}

/** How much of each resource the cluster has in all. */
export function totalCapacity(cluster: Cluster): Map<string, number> {
  const total = new Map<string, number>();
  for (const { capacity } of cluster.nodes)
    for (const [name, amount] of Object.entries(capacity)) total.set(name, (total.get(name) ?? 0) + amount);
  return total;
}

/** The processors of a cluster: in all, and of its largest node. A node offers processors, or cores of cpu. */
export function processorsOf(cluster: Cluster): { readonly total: number; readonly largestNode: number } {
  const each = cluster.nodes.map(({ capacity }) => Math.floor(capacity["processors"] ?? (capacity["cpu"] ?? 0) / 1000));
  return { total: each.reduce((sum, processors) => sum + processors, 0), largestNode: Math.max(0, ...each) };
}

/** Reads a cluster description. */
export function readCluster(document: Json, name: string): Result<Cluster, readonly Problem[]> {
  const json = new JsonReader("cluster-invalid", name);
  const root = json.object(document, "");
  if (!root) return err(json.problems);
  json.known(root, "", rootFields);
  const groups = json.array(get(root, "nodes"), "/nodes");
  const read = groups.map((value, i) => readNodes(json, value, `/nodes/${i}`));
  const nodes = read.flat();
  if (groups.length === 0 && json.problems.length === 0) json.wrong("/nodes", "The cluster has no nodes.");
  checkUnique(json, read);
  if (nodes.length > maxNodes) json.wrong("/nodes", `There are ${nodes.length} nodes; at most ${maxNodes} are simulated.`);
  const queues = readQueues(json, json.optionalArray(root, "queues", ""), nodes, writtenAmounts);
  return json.problems.length > 0 ? err(json.problems) : ok({ nodes, queues });
}

function readNodes(json: JsonReader, value: Json, at: string): NodeSpec[] {
  const group = json.object(value, at);
  if (!group) return [];
  json.known(group, at, nodeFields);
  const count = get(group, "count") === undefined ? 1 : (json.number(group, "count", at, { min: 1, max: maxNodes, whole: true }) ?? 0);
  const name = json.string(group, "name", at) ?? "";
  const zone = json.optionalString(group, "zone", at);
  const pool = json.optionalString(group, "pool", at);
  const speed = json.optionalNumber(group, "speed", at, { min: 0.001, max: 1000 });
  const weight = json.optionalNumber(group, "weight", at, { min: 0.001, max: 1e6 });
  const shared: Omit<NodeSpec, "id"> = {
    capacity: writtenAmounts(json, get(group, "capacity"), `${at}/capacity`),
    labels: readLabels(json, get(group, "labels"), `${at}/labels`),
    taints: readTaints(json, group, at),
    ...(zone === undefined ? {} : { zone }),
    ...(pool === undefined ? {} : { pool }),
    ...(speed === undefined ? {} : { speed }),
    ...(weight === undefined ? {} : { weight }),
  };
  return Array.from({ length: count }, (_, i) => ({ id: count === 1 ? name : `${name}-${i + 1}`, ...shared }));
}

/** Of each group the first name that a group before it has is told, so that two large groups of one name are one mistake. */
function checkUnique(json: JsonReader, groups: readonly (readonly NodeSpec[])[]): void {
  const seen = new Set<string>();
  for (const [i, nodes] of groups.entries()) {
    const taken = nodes.find(({ id }) => id !== "" && seen.has(id));
    if (taken) json.wrong(`/nodes/${i}/name`, `Two nodes are called "${taken.id}".`);
    for (const { id } of nodes) seen.add(id);
  }
}
