// A scenario is a workload and the cluster that it runs on. Where the two name their resources differently (a log counts
// processors, a cluster cpu), the workload is told in the cluster's terms here.
import { err, ok, type Result } from "@baton/core";
import type { Amounts, JobSpec, NodeSpec } from "@baton/scheduler";
import { plainMachine, type Cluster } from "./cluster.ts";
import { problem, type Problem } from "./errors.ts";
import type { TaskGraph } from "./graph/graph.ts";
import type { History } from "./history/history.ts";
import { assignQueues } from "./queues.ts";
import type { SwfLog } from "./trace/swf.ts";
import { graphWorkload, historyWorkload } from "./workload/sources.ts";
import type { ResourceColumn, Workload } from "./workload/workload.ts";

/** Jobs and where they run. */
export interface Scenario {
  readonly workload: Workload;
  readonly cluster: Cluster;
}

/** What was asked for to run on; at most one of the three. */
export interface MachineChoice {
  readonly cluster?: Cluster;
  /** A plain machine of so many processors. */
  readonly processors?: number;
  /** So many nodes of `nodeCapacity`; for a log of processors, whose jobs may be larger than any node, one machine of so many. */
  readonly nodes?: number;
}

/** Where jobs come from. */
export type Source =
  | { readonly kind: "swf"; readonly log: SwfLog }
  | { readonly kind: "history"; readonly history: History; readonly name: string }
  | { readonly kind: "graph"; readonly graph: TaskGraph }
  | { readonly kind: "load"; readonly workload: Workload; readonly processors: number };

/** What each of `nodes` nodes has. */
export const nodeCapacity: Amounts = { cpu: 16_000, memory: 64 * 2 ** 30 };

/** So many nodes of `nodeCapacity`. */
export function equalNodes(count: number): Cluster {
  return { nodes: Array.from({ length: count }, (_, i): NodeSpec => ({ id: `node-${i + 1}`, capacity: nodeCapacity })), queues: [] };
}

/** Puts a source on the machine that was chosen, or on the one that the source itself names. */
export function makeScenario(source: Source, choice: MachineChoice): Result<Scenario, readonly Problem[]> {
  const workload = sourceWorkload(source);
  const cluster = choice.cluster ?? chosen(workload, choice) ?? named(source);
  if (cluster) return fit(workload, withQueuesOf(source, cluster));
  const next = "Pass --processors N, --nodes N or --cluster FILE.";
  return err([problem("simulation-invalid", workload.name, "What the jobs run on is not known.", next)]);
}

/** Other machines do not take the queues of a history away; only another tree of queues does. */
function withQueuesOf(source: Source, cluster: Cluster): Cluster {
  return source.kind === "history" && cluster.queues.length === 0 ? { ...cluster, queues: source.history.cluster.queues } : cluster;
}

function sourceWorkload(source: Source): Workload {
  switch (source.kind) {
    case "swf":
      return source.log.workload;
    case "history":
      return historyWorkload(source.history.records, source.name);
    case "graph":
      return graphWorkload(source.graph);
    case "load":
      return source.workload;
  }
}

function chosen(workload: Workload, { processors, nodes }: MachineChoice): Cluster | undefined {
  if (processors !== undefined) return plainMachine(processors);
  if (nodes === undefined) return undefined;
  if (workload.resources.some(({ name }) => name === "processors")) return plainMachine(nodes);
  return equalNodes(nodes);
}

/** The machine that the source itself describes. */
function named(source: Source): Cluster | undefined {
  switch (source.kind) {
    case "swf":
      return plainMachine(source.log.machine);
    case "history":
      return source.history.cluster;
    case "load":
      return plainMachine(source.processors);
    case "graph": {
      const { resources, name } = source.graph;
      const capacities = resources.flatMap((resource) => (resource.capacity === undefined ? [] : [[resource.name, resource.capacity]]));
      return capacities.length === resources.length
        ? { nodes: [{ id: name, capacity: Object.fromEntries(capacities) as Amounts }], queues: [] }
        : undefined;
    }
  }
}

/** How an amount of one resource is told as another. */
interface Translation {
  readonly name: string;
  readonly factor: number;
}

function fit(workload: Workload, cluster: Cluster): Result<Scenario, readonly Problem[]> {
  const offered = new Set(cluster.nodes.flatMap(({ capacity }) => Object.keys(capacity)));
  const plain = offered.size === 1 && offered.has("processors");
  const translations = new Map<string, Translation>();
  for (const { name } of workload.resources) {
    if (offered.has(name)) translations.set(name, { name, factor: 1 });
    else if (name === "processors" && offered.has("cpu")) translations.set(name, { name: "cpu", factor: 1000 });
    else if (name === "cpu" && plain) translations.set(name, { name: "processors", factor: 1 / 1000 });
    // A plain machine counts nothing but processors; elsewhere a resource that is not offered stays, and jobs that ask for it are refused.
    else if (!plain) translations.set(name, { name, factor: 1 });
  }
  if (translations.size === 0) {
    const asked = workload.resources.map(({ name }) => name).join(", ");
    return err([problem("simulation-invalid", workload.name, `The jobs ask for ${asked}, the machine offers ${[...offered].join(", ")}.`)]);
  }
  const unchanged = workload.resources.every(({ name }) => translations.get(name)?.name === name);
  return ok(assignQueues(unchanged ? workload : translate(workload, translations), cluster));
}

function translate(workload: Workload, translations: ReadonlyMap<string, Translation>): Workload {
  const resources = workload.resources.flatMap(({ name, amount }): ResourceColumn[] => {
    const to = translations.get(name);
    return to ? [{ name: to.name, amount: amount.map((value) => Math.ceil(value * to.factor)) }] : [];
  });
  const { specs, ...columns } = workload;
  return specs ? { ...columns, resources, specs: specs.map((spec) => translateSpec(spec, translations)) } : { ...columns, resources };
}

function translateSpec(spec: JobSpec, translations: ReadonlyMap<string, Translation>): JobSpec {
  const requests: { [resource: string]: number } = {};
  for (const [name, value] of Object.entries(spec.requests)) {
    const to = translations.get(name);
    if (to) requests[to.name] = Math.ceil(value * to.factor);
  }
  return { ...spec, requests };
}
