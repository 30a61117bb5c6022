// Against an independent simulator: not one job of two logs waits a second more or less than it says.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { easyPolicy, plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { TestWorld, type Arrival } from "./testing/drive.ts";

const data = new URL("../../../shared/data/", import.meta.url);
const shortest: Policy = { ...easyPolicy, backfill: { name: "easy", by: "shortest" } };
const learned = (correction: "limit" | "steps"): Policy => ({
  ...shortest,
  prediction: { learner: "mean-of-two", correction, reserve: "estimate" },
});
const policies: { readonly [name: string]: Policy } = {
  fcfs: plainPolicy,
  easy: easyPolicy,
  "easy-clairvoyant": easyPolicy,
  conservative: { ...plainPolicy, backfill: { name: "conservative" } },
  "sjbf-reqtime": shortest,
  "sjbf-clairvoyant": shortest,
  "sjbf-avg2-reqtime": learned("limit"),
  "sjbf-avg2-tsafrir": learned("steps"),
};

function lines(path: string): string[] {
  return gunzipSync(readFileSync(new URL(path, data)))
    .toString()
    .trim()
    .split("\n");
}

function readLog(name: string, isClairvoyant: boolean): { processors: number; arrivals: Arrival[] } {
  const rows = lines(`swf/${name}.swf.gz`);
  const processors = Number(/MaxProcs:\s*(\d+)/.exec(rows[0] ?? "")?.[1]);
  const arrivals = rows
    .filter((row) => !row.startsWith(";"))
    .flatMap((row) => {
      const [id = 0, submit = 0, , run = 0, , , , wanted = 0, request = 0, , , user = 0] = row.trim().split(/\s+/).map(Number);
      if (wanted > processors || run <= 0 || request <= 0) return [];
      const runMs = Math.min(run, request) * 1000;
      const limitMs = isClairvoyant ? runMs : request * 1000;
      return [
        { at: submit * 1000, runMs, job: { id: String(id), requests: { processors: wanted }, limitMs, predictionKey: String(user) } },
      ];
    });
  return { processors, arrivals };
}

describe.each(["KTH-SP2", "LUBLIN256"])("%s", (log) => {
  for (const [name, policy] of Object.entries(policies)) {
    const path = `expected/${log}.${name}.txt.gz`;
    // Not every policy has a file for every log.
    if (existsSync(data) && !existsSync(new URL(path, data))) continue;
    test.skipIf(!existsSync(data))(`${name}: no wait differs (needs ../shared/data/${path})`, () => {
      const { processors, arrivals } = readLog(log, name.endsWith("clairvoyant"));
      const outlines = new TestWorld(policy, [{ id: "machine", capacity: { processors } }]).run(arrivals);
      const waits = new Map(arrivals.map(({ at, job }) => [job.id, ((outlines.get(job.id)?.start ?? Infinity) - at) / 1000]));
      const expected = new Map(lines(path).map((line) => line.split(" ") as [string, string]));
      const differing = [...expected].filter(([id, wait]) => waits.get(id) !== Number(wait));
      expect(expected.size).toBe(arrivals.length);
      expect(differing).toEqual([]);
    });
  }
});
