// From the objects of a cluster to what jobs may have of a node: what is allocatable, less what the pods of others ask for. Pods
// of ours are not counted: whoever places jobs does that.
import type { ContainerSpec, NodeObject, NodeTaint, PodObject, Quantities } from "./objects.ts";
import { containerName } from "./pod-end.ts";
import { millis, readMillis, readQuantity } from "./quantity.ts";

/** A node of a cluster, as jobs see it. */
export interface ClusterNode {
  readonly name: string;
  /** cpu in millis, memory and disk in bytes, gpu, and whatever else the node offers, by the cluster's name for it. */
  readonly capacity: { readonly [resource: string]: number };
  /** The same, were nobody else there. */
  readonly total: { readonly [resource: string]: number };
  /** What all pods on it ask for, ours too. */
  readonly requested: { readonly cpuMillis: number; readonly memoryBytes: number };
  readonly labels: { readonly [key: string]: string };
  /** Those that keep jobs away, or ask them to stay away. */
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: "no-schedule" | "prefer-not" }[];
  readonly zone?: string;
  /** Whether its kubelet is heard of. */
  readonly isReady: boolean;
  /** With which pods that were placed there in spite of its taints stay. */
  readonly tolerations: readonly Toleration[];
  /** What the cluster calls the node's accelerators; absent: there are none. */
  readonly gpuResource?: string;
}

/** Lets a pod onto a node with a taint. */
export interface Toleration {
  readonly key: string;
  readonly value?: string;
  readonly effect: NodeTaint["effect"];
  readonly operator: "Equal";
}

/** What one pod takes of its node. */
export interface PodShare {
  readonly node: string;
  readonly isOurs: boolean;
  /** By the cluster's names: cpu in cores. */
  readonly requests: { readonly [resource: string]: number };
  /** What of it no job was given: all of it, or what the cluster has added to a pod of ours, such as a sidecar. */
  readonly besides: { readonly [resource: string]: number };
}

/** What marks a node that has as many pods as it may. */
export const fullTaint = "baton/pods-full";

/** A node with the pods that are on it. */
export function clusterNode(node: NodeObject, pods: readonly PodShare[]): ClusterNode {
  const { name, labels = {} } = node.metadata;
  const { allocatable = {}, conditions = [] } = node.status ?? {};
  const others = pods.filter(({ isOurs }) => !isOurs);
  const taken = { ...sumOf(pods.map(({ besides }) => besides)), pods: others.length };
  const isFull = pods.length >= readQuantity(allocatable["pods"] ?? String(Infinity));
  const zone = labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"];
  const gpuResource = gpuResources.find((resource) => readQuantity(allocatable[resource]) > 0);
  return {
    name,
    capacity: capacityOf(allocatable, taken, gpuResource),
    total: capacityOf(allocatable, {}, gpuResource),
    requested: requestedBy(pods),
    labels: { ...labels, ...machineLabelsOf(name, labels) },
    taints: taintsOf(node, isFull),
    ...(zone !== undefined && { zone }),
    isReady: conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    tolerations: (node.spec?.taints ?? []).filter(({ key }) => !ofHealth.has(key)).map(tolerationOf),
    ...(gpuResource !== undefined && { gpuResource }),
  };
}

/** What a pod asks of its node: its containers together, or the largest of those that run before them. */
export function podShare(pod: PodObject, owner: string, ownerLabel: string): PodShare {
  const { containers, initContainers = [], overhead = {}, resources = {}, nodeName = "" } = pod.spec;
  const beside = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  const before = initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always");
  const together = sumOf([...containers, ...beside].map(requestsOf));
  const largest = { ...before.map(requestsOf).reduce(maxOf, together), ...numbersOf(resources.requests ?? {}) };
  const requests = sumOf([largest, numbersOf(overhead)]);
  const isOurs = pod.metadata.labels?.[ownerLabel] === owner;
  const job = containers.find(({ name }) => isOurs && name === containerName);
  return { node: nodeName, isOurs, requests, besides: job === undefined ? requests : less(requests, requestsOf(job)) };
}

function less(all: PodShare["requests"], part: PodShare["requests"]): PodShare["requests"] {
  return Object.fromEntries(Object.entries(all).map(([resource, amount]) => [resource, Math.max(0, amount - (part[resource] ?? 0))]));
}

const gpuResources = ["nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe"];

/** What these are is told in other ways. */
const standard: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage", "pods"]);

function capacityOf(
  allocatable: Quantities,
  taken: { readonly [resource: string]: number },
  gpuResource: string | undefined,
): ClusterNode["capacity"] {
  const left = (resource: string): number => Math.max(0, Math.floor(readQuantity(allocatable[resource]) - (taken[resource] ?? 0)));
  const cpu = Math.max(0, readMillis(allocatable["cpu"]) - millis(taken["cpu"] ?? 0));
  const extended = Object.keys(allocatable).filter(
    (resource) => !standard.has(resource) && !/^(hugepages-|attachable-volumes-)/.test(resource),
  );
  return {
    cpu,
    memory: left("memory"),
    disk: left("ephemeral-storage"),
    ...(allocatable["pods"] !== undefined && { pods: left("pods") }),
    ...(gpuResource !== undefined && { gpu: left(gpuResource) }),
    ...Object.fromEntries(extended.map((resource) => [resource, left(resource)])),
  };
}

function requestedBy(pods: readonly PodShare[]): ClusterNode["requested"] {
  const { cpu = 0, memory = 0 } = sumOf(pods.map(({ requests }) => requests));
  return { cpuMillis: millis(cpu), memoryBytes: Math.ceil(memory) };
}

function machineLabelsOf(name: string, labels: { readonly [key: string]: string }): { readonly [key: string]: string } {
  const [os, arch] = [labels["kubernetes.io/os"], labels["kubernetes.io/arch"]];
  return { host: name, ...(os !== undefined && { os }), ...(arch !== undefined && { arch }) };
}

const unschedulable: NodeTaint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Pods are to be moved away from a node that is gone: what the cluster lets them wait there by itself is enough. */
const ofHealth: ReadonlySet<string> = new Set(["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]);

function taintsOf({ spec }: NodeObject, isFull: boolean): ClusterNode["taints"] {
  const taints = [...(spec?.taints ?? [])];
  if (spec?.unschedulable === true && !taints.some(({ key }) => key === unschedulable.key)) taints.push(unschedulable);
  const told = taints.map(({ key, value, effect }) => ({
    key,
    ...(value !== undefined && value !== "" && { value }),
    effect: effect === "PreferNoSchedule" ? ("prefer-not" as const) : ("no-schedule" as const),
  }));
  return isFull ? [...told, { key: fullTaint, effect: "no-schedule" }] : told;
}

function tolerationOf({ key, value, effect }: NodeTaint): Toleration {
  return { key, ...(value !== undefined && { value }), effect, operator: "Equal" };
}

/** A container that only says what it may have at most asks for that. */
function requestsOf({ resources = {} }: ContainerSpec): PodShare["requests"] {
  return { ...numbersOf(resources.limits ?? {}), ...numbersOf(resources.requests ?? {}) };
}

function numbersOf(quantities: Quantities): PodShare["requests"] {
  return Object.fromEntries(Object.entries(quantities).map(([resource, text]) => [resource, readQuantity(text)]));
}

function sumOf(all: readonly PodShare["requests"][]): PodShare["requests"] {
  return all.reduce((sum, one) => combined(sum, one, (a, b) => a + b), {});
}

function maxOf(a: PodShare["requests"], b: PodShare["requests"]): PodShare["requests"] {
  return combined(a, b, Math.max);
}

function combined(a: PodShare["requests"], b: PodShare["requests"], how: (a: number, b: number) => number): PodShare["requests"] {
  const both: { [resource: string]: number } = { ...a };
  for (const [resource, amount] of Object.entries(b)) both[resource] = how(both[resource] ?? 0, amount);
  return both;
}
