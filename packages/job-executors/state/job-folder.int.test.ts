import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { JobResult } from "../port.ts";
import { allocationsIn, JobFolder } from "./job-folder.ts";

const root = mkdtempSync(join(tmpdir(), "baton-folder-"));
afterAll(() => rmSync(root, { recursive: true }));

const record = { allocation: "a.1", token: 1, kind: "process", startedAt: 1, bootId: "b" } as const;
const result: JobResult = {
  end: { kind: "exited", exitCode: 0 },
  usage: { cpuMs: 1, wallMs: 2, memoryPeakBytes: 3 },
  startedAt: 1,
  endedAt: 2,
};

test("a line that was cut off was never written, and keeps nothing that is written later from being read", () => {
  expect(allocationsIn(root)).toEqual([]);
  const folder = new JobFolder(root, "a.1");
  folder.create(record);
  const written = { ...record, folder: expect.stringMatching(/^\d+:\d+$/) as string };
  appendFileSync(join(folder.path, "job.jsonl"), '{"identity":{"pid":12,"startTi');
  expect(folder.read()).toEqual({ record: written });
  folder.write({ result });
  expect(folder.read()).toEqual({ record: written, result });
  expect(statSync(join(folder.path, "job.jsonl")).mode & 0o777).toBe(0o600);
});
