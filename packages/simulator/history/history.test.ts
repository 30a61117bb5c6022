import type { JobSpec } from "@baton/scheduler";
import { expect, test } from "vitest";
import { historyWorkload } from "../workload/sources.ts";
import {
  isHistoryHeader,
  readHistory,
  readHistoryEnd,
  writeHistoryEnd,
  writeHistoryHeader,
  writeJobRecord,
  type JobRecord,
} from "./history.ts";

const cluster = { nodes: [{ id: "n1", capacity: { cpu: 4000 } }], queues: [{ id: "research" }] };
const record: JobRecord = {
  job: { id: "job_1", queue: "research", requests: { cpu: 1000 }, limitMs: 60_000, after: ["job_0"] },
  submittedAt: 5,
  startedAt: 10,
  endedAt: 30,
  runMs: 20,
  outcome: "completed",
  nodeId: "n1",
};

test("what is written is read back", () => {
  const header = writeHistoryHeader(cluster);
  expect(isHistoryHeader(header)).toBe(true);
  expect(isHistoryHeader("; MaxProcs: 4")).toBe(false);
  const end = { jobs: 1, unfinished: 0 };
  const result = readHistory([header, writeJobRecord(record), writeHistoryEnd(end), ""], "history.jsonl");
  const openDependencies = { count: 1, where: "history.jsonl: line 2: /job/after/0", id: "job_0" };
  expect(result).toEqual({ ok: true, value: { cluster, records: [record], leftOut: [], openDependencies, skipped: [], skippedCount: 0 } });
  expect([writeHistoryEnd(end), writeJobRecord(record), "{}", '{"end":{"jobs":-1}}'].map(readHistoryEnd)).toEqual([
    end,
    undefined,
    undefined,
    undefined,
  ]);
});

test.each([
  ["{", "line 2: the document"],
  ["[]", "line 2: the document"],
  [JSON.stringify({ ...record, outcome: "complete" }), "line 2: /outcome"],
  [JSON.stringify({ ...record, runMs: -1 }), "line 2: /runMs"],
  [JSON.stringify({ ...record, job: { ...record.job, requests: { cpu: -5 } } }), "line 2: /job/requests/cpu"],
  [JSON.stringify({ ...record, job: { ...record.job, after: "job_0" } }), "line 2: /job/after"],
  [JSON.stringify({ ...record, job: { ...record.job, gang: { id: "g" } } }), "line 2: /job/gang/size"],
  [JSON.stringify({ ...record, job: { ...record.job, prioriti: 5 } }), "line 2: /job/prioriti"],
  [
    JSON.stringify({ ...record, job: { ...record.job, constraints: { labels: [{ key: "a", operator: "inn" }] } } }),
    "line 2: /job/constraints/labels/0/operator",
  ],
])("the malformed line %j is named, or skipped as told", (line, place) => {
  const lines = [writeHistoryHeader(cluster), line, writeJobRecord(record)];
  const stopped = readHistory(lines, "h");
  expect(!stopped.ok && stopped.error[0]?.where).toBe(`h: ${place}`);
  const skipped = readHistory(lines, "h", "skip");
  expect(skipped.ok && [skipped.value.records.length, skipped.value.skippedCount]).toEqual([1, 1]);
});

test("a header of another format or version, and a history of nothing", () => {
  const first = (lines: string[]): string | undefined => {
    const result = readHistory(lines, "h");
    return result.ok ? undefined : result.error[0]?.where;
  };
  expect(first(['{"format":"other","version":1,"nodes":[]}'])).toBe("h: line 1: /format");
  expect(first(['{"format":"baton-history","version":2,"nodes":[]}'])).toBe("h: line 1: /version");
  expect(first([])).toBe("h");
  expect(first([writeHistoryHeader(cluster)])).toBe("h");
});

test("what is not replayed is counted, and who depends on it or was in a gang with it is told so", () => {
  const other = (id: string, more: Partial<JobRecord>, spec: Partial<JobSpec> = {}): string =>
    writeJobRecord({ ...record, ...more, job: { id, queue: "removed", requests: { cpu: 1 }, gang: { id: "g", size: 3 }, ...spec } });
  const lines = [
    writeHistoryHeader(cluster),
    other("a", {}, { after: ["b", "before"] }),
    other("b", {}),
    other("c", { outcome: "cancelled" }, { after: ["nowhere"] }),
    other("d", { outcome: "failed" }, { after: ["a", "c"], gang: { id: "h", size: 1 } }),
    writeHistoryEnd({ jobs: 4, unfinished: 2 }),
  ];
  const result = readHistory(lines, "h");
  const history = result.ok ? result.value : undefined;
  expect(history?.leftOut).toEqual([
    { reason: "it was cancelled", count: 1 },
    { reason: "it had not ended when the history was written", count: 2 },
  ]);
  expect(history?.openDependencies).toEqual({ count: 2, where: "h: line 2: /job/after/1", id: "before" });
  expect(history?.cluster.queues).toEqual([{ id: "research" }, { id: "removed" }]);
  const { specs } = historyWorkload(history?.records ?? [], "h");
  expect(specs?.map(({ id, after, gang }) => [id, after, gang?.size])).toEqual([
    ["a", ["b"], 2],
    ["b", undefined, 2],
    ["d", ["a"], 1],
  ]);
  const none = readHistory([...lines.slice(0, 1), ...lines.slice(3, 4)], "h");
  expect(!none.ok && none.error[0]).toMatchObject({ code: "trace-empty", message: expect.stringContaining("1 because it was cancelled") });
});

test("every field of a job is read back as it was written", () => {
  const job: JobSpec = {
    id: "job_2",
    queue: "research",
    requests: { cpu: 1000, memory: 64 },
    limitMs: 60_000,
    expectedMs: 30_000,
    priority: 70,
    weight: 2,
    deadline: 90_000,
    notBefore: 10,
    after: ["job_1"],
    gang: { id: "g", size: 2 },
    array: { id: "a", index: 3, maxRunning: 2 },
    predictionKey: "train",
    inputSize: 12,
    labels: { app: "x" },
    constraints: {
      nodes: ["n1"],
      pools: ["default"],
      zones: ["a"],
      labels: [
        { key: "disk", operator: "in", values: ["ssd"] },
        { key: "gpu", operator: "absent" },
      ],
      prefer: [{ key: "fast", operator: "exists", weight: 3 }],
      near: [{ labels: { app: "y" }, domain: "zone" }],
      apart: [{ labels: { app: "x" }, domain: "node" }],
      spread: [{ labels: { app: "x" }, domain: "zone", maxSkew: 1 }],
      tolerations: [{ key: "spot" }, { key: "gpu", value: "a" }],
    },
    preemptible: false,
    kind: "io",
    reservation: "r",
  };
  const node = {
    id: "n1",
    capacity: { cpu: 4000 },
    labels: { disk: "ssd" },
    taints: [{ key: "spot", effect: "no-schedule" as const }],
    zone: "a",
    speed: 2,
  };
  const queue = { id: "research", weight: 2, limit: { cpu: 4000 }, order: { name: "priority" as const, pointsPerHour: 2 } };
  const lines = [writeHistoryHeader({ nodes: [node], queues: [queue] }), writeJobRecord({ ...record, job })];
  const result = readHistory(lines, "h");
  expect(result.ok && [result.value.cluster.nodes, result.value.cluster.queues, result.value.records[0]?.job]).toEqual([
    [node],
    [queue],
    job,
  ]);
});
