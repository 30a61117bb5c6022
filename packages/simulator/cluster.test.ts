import type { Json } from "@baton/core";
import { expect, test } from "vitest";
import { plainMachine, processorsOf, readCluster, totalCapacity } from "./cluster.ts";

function mistakes(document: Json): string[] {
  const result = readCluster(document, "cluster.yaml");
  return result.ok ? [] : result.error.map(({ where, message, next }) => [where, message, next].filter(Boolean).join(" | "));
}

test("groups become nodes, amounts become whole numbers", () => {
  const result = readCluster(
    {
      nodes: [
        { name: "w", count: 2, capacity: { cpu: 1.5, memory: "2Gi" }, zone: "a", labels: { disk: "ssd" } },
        { name: "g", capacity: { cpu: "500m", memory: "1G", gpu: 4 }, taints: [{ key: "gpu" }], speed: 2 },
      ],
      queues: [{ id: "all" }, { id: "research", parent: "all", weight: 2, guarantee: { cpu: 1 }, maxRunning: 5 }],
    },
    "cluster.yaml",
  );
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  expect(result.value.nodes.map(({ id, capacity }) => [id, capacity])).toEqual([
    ["w-1", { cpu: 1500, memory: 2 ** 31 }],
    ["w-2", { cpu: 1500, memory: 2 ** 31 }],
    ["g", { cpu: 500, memory: 1e9, gpu: 4 }],
  ]);
  expect(result.value.nodes[2]).toMatchObject({ taints: [{ key: "gpu", effect: "no-schedule" }], speed: 2 });
  expect(result.value.queues[1]).toEqual({ id: "research", parent: "all", weight: 2, guarantee: { cpu: 1000 }, maxRunning: 5 });
  expect(totalCapacity(result.value).get("cpu")).toBe(3500);
  expect(totalCapacity(plainMachine(7)).get("processors")).toBe(7);
  expect(processorsOf(plainMachine(7))).toEqual({ total: 7, largestNode: 7 });
  expect(processorsOf(result.value)).toEqual({ total: 2, largestNode: 1 });
});

test("all mistakes are reported, each with its JSON pointer and what was probably meant", () => {
  expect(
    mistakes({
      nodes: [
        { name: "w", count: 0, capcity: { cpu: 1 }, capacity: { cpu: "two", memory: "1.5X", gpu: 0.5 } },
        { name: "v", capacity: {}, labels: { a: 1 }, taints: [{ key: "k", effect: "no-shedule" }] },
        7,
      ],
      queues: [
        { id: "a", parent: "b" },
        { id: "b", parent: "a" },
        { id: "b", parent: "c", weight: -1 },
      ],
    }),
  ).toEqual([
    'cluster.yaml: /nodes/0/capcity | There is no field "capcity" here. | Did you mean "capacity"?',
    "cluster.yaml: /nodes/0/count | 0 is not a whole number from 1 to 100000.",
    'cluster.yaml: /nodes/0/capacity/cpu | "two" is not an amount of cpu: write cores (2, 0.5) or millis ("500m").',
    'cluster.yaml: /nodes/0/capacity/memory | "1.5X" is not a number of bytes: write 1073741824, "1Gi" or "1G".',
    'cluster.yaml: /nodes/0/capacity/gpu | "0.5" is not a whole number.',
    "cluster.yaml: /nodes/1/capacity | No resource is named here.",
    "cluster.yaml: /nodes/1/labels/a | Expected a text here, but there is 1.",
    'cluster.yaml: /nodes/1/taints/0/effect | Expected one of no-schedule, prefer-not here, but there is "no-shedule". | Did you mean "no-schedule"?',
    "cluster.yaml: /nodes/2 | Expected an object here, but there is 7.",
    "cluster.yaml: /queues/2/weight | -1 is not a number from 0.001 to 1000000.",
    "cluster.yaml: /queues/1/parent | The parents go round in a circle: b below a below b.",
    'cluster.yaml: /queues/2/id | Two queues are called "b".',
    'cluster.yaml: /queues/2/parent | There is no queue "c".',
  ]);
});

test("queues whose parents go round in a circle are named", () => {
  const nodes = [{ name: "n", capacity: { cpu: 1 } }];
  const queues = [{ id: "a", parent: "b" }, { id: "b", parent: "a" }, { id: "c" }];
  expect(mistakes({ nodes, queues })).toEqual([
    "cluster.yaml: /queues/0/parent | The parents go round in a circle: a below b below a.",
    "cluster.yaml: /queues/1/parent | The parents go round in a circle: b below a below b.",
  ]);
});

test("what the scheduler would not accept of queues is told before it is asked", () => {
  const nodes = [{ name: "n", capacity: { cpu: 4, gpu: 1 } }];
  const queues = [
    { id: "team" },
    { id: "b", parent: "taem", guarantee: { cpu: 3 }, limit: { cpu: 2, gpuu: 1 } },
    { id: "c", order: { name: "prioritty" } },
    { id: "d", order: { name: "rr", sliceMs: 500 } },
  ];
  expect(mistakes({ nodes, queues })).toEqual([
    'cluster.yaml: /queues/2/order/name | there is no "prioritty". | Did you mean priority?',
    'cluster.yaml: /queues/1/parent | There is no queue "taem". | Did you mean "team"?',
    'cluster.yaml: /queues/1/limit/gpuu | No node has gpuu. | Did you mean "gpu"?',
    "cluster.yaml: /queues/1/guarantee/cpu | The guarantee of 3 is above the limit of 2.",
  ]);
});

test("a document that is no cluster at all", () => {
  expect(mistakes([])).toEqual(["cluster.yaml: the document | Expected an object here, but there is a list."]);
  expect(mistakes({ nodes: [] })).toEqual(["cluster.yaml: /nodes | The cluster has no nodes."]);
  expect(
    mistakes({
      nodes: [
        { name: "a", count: 2, capacity: { cpu: 1 } },
        { name: "a-1", capacity: { cpu: 1 } },
      ],
    }),
  ).toEqual(['cluster.yaml: /nodes/1/name | Two nodes are called "a-1".']);
});

test("groups of one name are one mistake, at the name of the later one", () => {
  const group = { name: "a", count: 3, capacity: { cpu: 1 } };
  expect(mistakes({ nodes: [group, { ...group, name: "b" }, group] })).toEqual([
    'cluster.yaml: /nodes/2/name | Two nodes are called "a-1".',
  ]);
});
