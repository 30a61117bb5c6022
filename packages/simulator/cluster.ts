// The cluster that a simulation runs on: groups of like nodes, and the tree of queues. A description is data that was
// read from YAML or JSON; every mistake in it is reported with its JSON pointer.
//
//   nodes:
//     - { name: worker, count: 20, capacity: { cpu: 32, memory: 128Gi }, zone: a }
//     - { name: gpu, count: 4, capacity: { cpu: 64, memory: 512Gi, gpu: 8 }, taints: [{ key: gpu, effect: no-schedule }] }
//   queues:
//     - { id: research, weight: 2, guarantee: { cpu: 64 } }
import { err, escapePointer, get, ok, type Json, type JsonObject, type Result } from "@baton/core";
import type { Amounts, Labels, NodeSpec, QueueSpec, Taint } from "@baton/scheduler";
import type { Problem } from "./errors.ts";
import { describe, JsonReader } from "./json-reader.ts";
import { readAmount } from "./quantity.ts";

/** Nodes and queues. */
export interface Cluster {
  readonly nodes: readonly NodeSpec[];
  readonly queues: readonly QueueSpec[];
}

/** The largest cluster that is accepted. */
export const maxNodes = 100_000;

const rootFields = ["nodes", "queues"];
const nodeFields = ["name", "count", "capacity", "labels", "taints", "pool", "zone", "speed", "weight"];
const taintFields = ["key", "value", "effect"];
const queueFields = ["id", "parent", "weight", "guarantee", "limit", "maxRunning"];

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
  const nodes = groups.flatMap((value, i) => readNodes(json, value, `/nodes/${i}`));
  if (groups.length === 0 && json.problems.length === 0) json.wrong("/nodes", "The cluster has no nodes.");
  checkUnique(json, nodes);
  const queues = json.optionalArray(root, "queues", "").flatMap((value, i) => readQueue(json, value, `/queues/${i}`) ?? []);
  checkTree(json, queues);
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
  const weight = json.optionalNumber(group, "weight", at, { min: 0, max: 1e6 });
  const shared: Omit<NodeSpec, "id"> = {
    capacity: readAmounts(json, get(group, "capacity"), `${at}/capacity`),
    labels: readLabels(json, get(group, "labels"), `${at}/labels`),
    taints: json.optionalArray(group, "taints", at).flatMap((taint, i) => readTaint(json, taint, `${at}/taints/${i}`) ?? []),
    ...(zone === undefined ? {} : { zone }),
    ...(pool === undefined ? {} : { pool }),
    ...(speed === undefined ? {} : { speed }),
    ...(weight === undefined ? {} : { weight }),
  };
  return Array.from({ length: count }, (_, i) => ({ id: count === 1 ? name : `${name}-${i + 1}`, ...shared }));
}

function readAmounts(json: JsonReader, value: Json | undefined, at: string): Amounts {
  const object = json.object(value, at);
  const amounts: { [resource: string]: number } = {};
  for (const [resource, written] of Object.entries(object ?? {})) {
    const amount = readAmount(resource, written);
    if (amount.ok) amounts[resource] = amount.value;
    else json.wrong(`${at}/${escapePointer(resource)}`, amount.error);
  }
  if (object && Object.keys(object).length === 0) json.wrong(at, "No resource is named here.");
  return amounts;
}

function readLabels(json: JsonReader, value: Json | undefined, at: string): Labels {
  if (value === undefined) return {};
  const labels: { [key: string]: string } = {};
  for (const [key, label] of Object.entries(json.object(value, at) ?? {})) {
    if (typeof label === "string") labels[key] = label;
    else json.wrong(`${at}/${escapePointer(key)}`, `Expected a text here, but there is ${describe(label)}.`);
  }
  return labels;
}

function readTaint(json: JsonReader, value: Json, at: string): Taint | undefined {
  const taint = json.object(value, at);
  if (!taint) return undefined;
  json.known(taint, at, taintFields);
  const key = json.string(taint, "key", at);
  const written = json.optionalString(taint, "value", at);
  const effect = get(taint, "effect") === undefined ? "no-schedule" : json.oneOf(taint, "effect", at, ["no-schedule", "prefer-not"]);
  if (key === undefined || effect === undefined) return undefined;
  return written === undefined ? { key, effect } : { key, value: written, effect };
}

function readQueue(json: JsonReader, value: Json, at: string): QueueSpec | undefined {
  const queue = json.object(value, at);
  if (!queue) return undefined;
  json.known(queue, at, queueFields);
  const id = json.string(queue, "id", at);
  const parent = json.optionalString(queue, "parent", at);
  const weight = json.optionalNumber(queue, "weight", at, { min: 0.001, max: 1e6 });
  const maxRunning = json.optionalNumber(queue, "maxRunning", at, { min: 0, whole: true });
  if (id === undefined) return undefined;
  return {
    id,
    ...(parent === undefined ? {} : { parent }),
    ...(weight === undefined ? {} : { weight }),
    ...(maxRunning === undefined ? {} : { maxRunning }),
    ...optionalAmounts(json, queue, "guarantee", at),
    ...optionalAmounts(json, queue, "limit", at),
  };
}

function optionalAmounts<K extends "guarantee" | "limit">(json: JsonReader, queue: JsonObject, key: K, at: string): { [P in K]?: Amounts } {
  const value = get(queue, key);
  return (value === undefined ? {} : { [key]: readAmounts(json, value, `${at}/${key}`) }) as { [P in K]?: Amounts };
}

function checkUnique(json: JsonReader, nodes: readonly NodeSpec[]): void {
  const seen = new Set<string>();
  for (const { id } of nodes) {
    if (seen.has(id)) json.wrong("/nodes", `Two nodes are called "${id}".`);
    seen.add(id);
  }
  if (nodes.length > maxNodes) json.wrong("/nodes", `There are ${nodes.length} nodes; at most ${maxNodes} are simulated.`);
}

function checkTree(json: JsonReader, queues: readonly QueueSpec[]): void {
  const parents = new Map(queues.map(({ id, parent }) => [id, parent]));
  queues.forEach(({ id, parent }, i) => {
    if (queues.findIndex((other) => other.id === id) !== i) json.wrong(`/queues/${i}/id`, `Two queues are called "${id}".`);
    if (parent !== undefined && !parents.has(parent)) json.wrong(`/queues/${i}/parent`, `There is no queue "${parent}".`);
    let above = parent;
    for (let steps = 0; above !== undefined && steps <= queues.length; steps++) above = parents.get(above);
    if (above !== undefined) json.wrong(`/queues/${i}/parent`, `The parents of queue "${id}" go round in a circle.`);
  });
}
