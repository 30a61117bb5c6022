import { expect, test } from "vitest";
import { plainMachine } from "../cluster.ts";
import { parsePolicy } from "../policies.ts";
import { measureCourse } from "../report/result.ts";
import { makeScenario, type Scenario } from "../scenario.ts";
import { objectionToPlan, simulate } from "../simulate.ts";
import { graphSetCsv, graphSetTable, lowerBound } from "./set.ts";
import { readStg } from "./stg.ts";

/** Graham's anomaly: tasks of 3, 2, 2, 2, 4, 4, 4, 4, 9; the first before the last, the fourth before the fifth to eighth. */
const graham = "9\n0 3 0\n1 2 0\n2 2 0\n3 2 0\n4 4 1 3\n5 4 1 3\n6 4 1 3\n7 4 1 3\n8 9 1 0\n";

function scenario(processors: number): Scenario {
  const graph = readStg(graham, "graham.stg");
  const made = graph.ok ? makeScenario({ kind: "graph", graph: graph.value }, { processors }) : graph;
  if (!made.ok) throw new Error(made.error[0]?.message);
  return made.value;
}

function makespan(processors: number, name: string): number {
  const policy = parsePolicy(name);
  if (!policy.ok) throw new Error(policy.error);
  const { workload, cluster } = scenario(processors);
  return measureCourse(name, workload, cluster, simulate({ workload, cluster }, policy.value)).metrics.makespan;
}

test("in the order of the list more processors take longer; the critical path first and a plan do not", () => {
  expect([makespan(3, "fcfs"), makespan(4, "fcfs")]).toEqual([12, 15]);
  expect([makespan(3, "heft"), makespan(4, "heft")]).toEqual([12, 12]);
  expect([makespan(3, "planned"), makespan(4, "planned")]).toEqual([12, 12]);
});

test("no schedule is shorter than the longest path or than the work over the processors", () => {
  const bound = (processors: number): number => lowerBound(scenario(processors).workload, plainMachine(processors));
  expect([bound(1), bound(2), bound(3), bound(9)]).toEqual([34, 17, 12, 12]);
});

test("a set as a table and as CSV", () => {
  const { workload, cluster } = scenario(4);
  const results = ["fcfs", "heft"].map((name) => {
    const policy = parsePolicy(name);
    if (!policy.ok) throw new Error(policy.error);
    return measureCourse(name, workload, cluster, simulate({ workload, cluster }, policy.value));
  });
  const set = [{ graph: "graham.stg", tasks: 9, bound: 12, results }];
  expect(graphSetTable(set).split("\n")[1]).toMatch(/^fcfs +1 +1\.250 +1\.250 +1\.250 +1\.250 +graham\.stg$/);
  expect(graphSetCsv(set)).toBe(
    "graph,tasks,policy,makespan_seconds,bound_seconds,ratio\ngraham.stg,9,fcfs,15,12,1.25\ngraham.stg,9,heft,12,12,1\n",
  );
});

test("only a graph on one machine can be planned", () => {
  const { workload, cluster } = scenario(2);
  expect(objectionToPlan({ workload, cluster })).toBeUndefined();
  const { predecessors, ...log } = workload;
  expect(predecessors).toHaveLength(9);
  expect(objectionToPlan({ workload: log, cluster })).toContain("only a graph");
  expect(objectionToPlan({ workload, cluster: { ...cluster, nodes: [...cluster.nodes, ...cluster.nodes] } })).toContain("one machine");
  expect(objectionToPlan({ workload, cluster: plainMachine(0) })).toContain("asks for more processors");
});
