import { expect, test } from "vitest";
import { isHistoryHeader, readHistory, writeHistoryHeader, writeJobRecord, type JobRecord } from "./history.ts";

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
  const result = readHistory([header, writeJobRecord(record), ""], "history.jsonl");
  expect(result).toEqual({ ok: true, value: { cluster, records: [record], skipped: [], skippedCount: 0 } });
});

test.each([
  ["{", "line 2: the document"],
  ["[]", "line 2: the document"],
  [JSON.stringify({ ...record, outcome: "complete" }), "line 2: /outcome"],
  [JSON.stringify({ ...record, runMs: -1 }), "line 2: /runMs"],
  [JSON.stringify({ ...record, job: { ...record.job, requests: { cpu: -5 } } }), "line 2: /job/requests/cpu"],
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
