import { expect, test } from "vitest";
import type { JobRecord } from "./history/history.ts";
import type { TaskGraph } from "./graph/graph.ts";
import { makeScenario, type Scenario, type Source } from "./scenario.ts";
import { readSwf } from "./trace/swf.ts";

const line = "1 0 -1 10 -1 -1 -1 3 20 -1 -1 7 -1 -1 -1 -1 -1 -1";
const log = readSwf([`; MaxProcs: 8\n${line}\n`], { name: "log" });
if (!log.ok) throw new Error("the log does not read");
const swf: Source = { kind: "swf", log: log.value };
const graph: TaskGraph = {
  name: "w",
  unitMs: 1,
  tasks: [
    { id: "a", run: 5, amounts: [1500, 64], predecessors: [], transfers: [] },
    { id: "b", run: 5, amounts: [1000, 0], predecessors: [0], transfers: [0] },
  ],
  resources: [{ name: "cpu" }, { name: "memory" }],
};

function scenario(source: Source, choice: Parameters<typeof makeScenario>[1] = {}): Scenario {
  const made = makeScenario(source, choice);
  if (!made.ok) throw new Error(made.error[0]?.message);
  return made.value;
}

test("a log runs on the machine of its header, or on the one that is named", () => {
  expect(scenario(swf).cluster.nodes).toEqual([{ id: "machine", capacity: { processors: 8 } }]);
  expect(scenario(swf, { processors: 5 }).cluster.nodes[0]?.capacity).toEqual({ processors: 5 });
  expect(scenario(swf, { nodes: 6 }).cluster.nodes[0]?.capacity).toEqual({ processors: 6 });
});

test("processors become cpu where a cluster offers that, and cpu becomes processors on a plain machine", () => {
  const cluster = { nodes: [{ id: "n", capacity: { cpu: 64_000, memory: 1 } }], queues: [] };
  const { workload } = scenario(swf, { cluster });
  expect(workload.resources).toEqual([{ name: "cpu", amount: Float64Array.of(3000) }]);
  const plain = scenario({ kind: "graph", graph }, { processors: 4 }).workload;
  expect(plain.resources).toEqual([{ name: "processors", amount: Float64Array.of(2, 1) }]);
  expect(plain.specs?.map(({ requests }) => requests)).toEqual([{ processors: 2 }, { processors: 1 }]);
});

test("a graph is submitted at once and keeps its dependencies; it needs a machine unless it names its resources", () => {
  const { workload, cluster } = scenario({ kind: "graph", graph }, { nodes: 2 });
  expect(cluster.nodes.map(({ id }) => id)).toEqual(["node-1", "node-2"]);
  expect([workload.predecessors, workload.specs?.[1]?.after]).toEqual([[[], [0]], ["a"]]);
  const missing = makeScenario({ kind: "graph", graph }, {});
  expect(!missing.ok && missing.error[0]?.message).toBe("What the jobs run on is not known.");
  const project: TaskGraph = {
    ...graph,
    resources: [
      { name: "R1", capacity: 5 },
      { name: "R2", capacity: 6 },
    ],
  };
  expect(scenario({ kind: "graph", graph: project }).cluster.nodes).toEqual([{ id: "w", capacity: { R1: 5, R2: 6 } }]);
});

test("the tenants of a history are the queues at the top", () => {
  const job = (id: string, queue: string): JobRecord => ({
    job: { id, queue, requests: { cpu: 1 } },
    submittedAt: 0,
    endedAt: 1,
    runMs: 1,
    outcome: "completed",
  });
  const queues = [{ id: "lab" }, { id: "alice", parent: "lab" }, { id: "bob", parent: "lab" }, { id: "teaching" }];
  const cluster = { nodes: [{ id: "n", capacity: { cpu: 1 } }], queues };
  const records = [job("1", "alice"), job("2", "teaching"), job("3", "bob")];
  const { workload } = scenario(
    { kind: "history", history: { cluster, records, leftOut: [], skipped: [], skippedCount: 0 }, name: "h" },
    {},
  );
  expect([workload.tenants, [...workload.tenant]]).toEqual([
    ["lab", "teaching"],
    [0, 1, 0],
  ]);
});

test("jobs wait in their tenant's queue, else in `default`; a history keeps its queues on other machines", () => {
  const nodes = [{ id: "n", capacity: { cpu: 8000 } }];
  const queues = [{ id: "lab" }, { id: "user-7", parent: "lab" }];
  expect(scenario(swf, { cluster: { nodes, queues } }).workload.queueOfTenant).toEqual(["user-7"]);
  const other = scenario(swf, { cluster: { nodes, queues: [{ id: "lab" }] } });
  expect([other.workload.queueOfTenant, other.cluster.queues]).toEqual([["default"], [{ id: "lab" }, { id: "default" }]]);
  const history: Source = {
    kind: "history",
    name: "h",
    history: {
      cluster: { nodes, queues },
      records: [{ job: { id: "a", requests: { cpu: 1 }, queue: "user-7" }, submittedAt: 0, endedAt: 1, runMs: 1, outcome: "completed" }],
      leftOut: [],
      skipped: [],
      skippedCount: 0,
    },
  };
  expect(scenario(history, { processors: 4 }).cluster.queues).toEqual(queues);
  expect(scenario(history, { cluster: { nodes, queues: [{ id: "q" }] } }).cluster.queues).toEqual([{ id: "q" }]);
});

test("a history is replayed from its own jobs: those that ended by themselves, without dependencies on strangers", () => {
  const nodes = [{ id: "n", capacity: { cpu: 4000 } }];
  const record = { submittedAt: 7, endedAt: 20, runMs: 5, outcome: "completed" } as const;
  const { workload } = scenario({
    kind: "history",
    name: "h",
    history: {
      cluster: { nodes, queues: [] },
      records: [
        { ...record, job: { id: "late", requests: { cpu: 1 }, queue: "q", after: ["early", "unknown"], deadline: 99, weight: 3 } },
        { ...record, submittedAt: 3, job: { id: "early", requests: { cpu: 2, gpu: 1 }, limitMs: 50 } },
        { ...record, job: { id: "gone", requests: {} }, outcome: "cancelled" },
      ],
      leftOut: [],
      skipped: [],
      skippedCount: 0,
    },
  });
  expect(workload.ids).toEqual(["early", "late"]);
  expect([...workload.request]).toEqual([50, 5]);
  expect(workload.resources.map(({ name, amount }) => [name, ...amount])).toEqual([
    ["cpu", 2, 1],
    ["gpu", 1, 0],
  ]);
  expect(workload.specs?.[1]?.after).toEqual(["early"]);
  expect(workload.together).toBe(true);
  expect([workload.deadline[1], workload.weight[1], workload.tenants]).toEqual([99, 3, ["default", "q"]]);
});
