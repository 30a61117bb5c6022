// Against an independent simulator: not one job of two logs waits a second more or less than it says.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { easyPolicy, plainPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { TestWorld } from "./testing/drive.ts";
import { readLog } from "./testing/logs.ts";

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

function read(path: string): string {
  return gunzipSync(readFileSync(new URL(path, data))).toString();
}

describe.each(["KTH-SP2", "LUBLIN256"])("%s", (log) => {
  for (const [name, policy] of Object.entries(policies)) {
    const path = `expected/${log}.${name}.txt.gz`;
    test.skipIf(!existsSync(new URL(path, data)))(`${name}: no wait differs (needs ../shared/data/${path})`, () => {
      const { processors, arrivals } = readLog(read(`swf/${log}.swf.gz`), name.endsWith("clairvoyant"));
      const outlines = new TestWorld(policy, [{ id: "machine", capacity: { processors } }]).run(arrivals);
      const waits = new Map(arrivals.map(({ at, job }) => [job.id, ((outlines.get(job.id)?.start ?? Infinity) - at) / 1000]));
      const expected = new Map(
        read(path)
          .trim()
          .split("\n")
          .map((line) => line.split(" ") as [string, string]),
      );
      const differing = [...expected].filter(([id, wait]) => waits.get(id) !== Number(wait));
      expect(expected.size).toBe(arrivals.length);
      expect(differing).toEqual([]);
    });
  }
});
