// The default policy against EASY backfilling on four logs: half the mean bounded slowdown, nobody starved, nothing wasted.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { defaultPolicy, easyPolicy } from "./policies.ts";
import type { Policy } from "./policy.ts";
import { TestWorld } from "./testing/drive.ts";
import { readLog, type JobLog } from "./testing/logs.ts";

const logs = ["KTH-SP2", "LUBLIN256", "NASA128", "SDSC-BLUE"].map(
  (name) => new URL(`../../../shared/data/swf/${name}.swf.gz`, import.meta.url),
);

interface Figures {
  readonly meanSlowdown: number;
  readonly rmsSlowdown: number;
  readonly longestWait: number;
  readonly utilisation: number;
}

function figures({ processors, arrivals }: JobLog, policy: Policy): Figures {
  const outlines = new TestWorld(policy, [{ id: "machine", capacity: { processors } }]).run(arrivals);
  let [slowdowns, squares, longestWait, work, lastEnd] = [0, 0, 0, 0, 0];
  for (const { at, runMs, job } of arrivals) {
    const { start = Infinity, end = Infinity } = outlines.get(job.id) ?? {};
    const slowdown = Math.max(1, (end - at) / Math.max(runMs, 10_000));
    slowdowns += slowdown;
    squares += slowdown ** 2;
    longestWait = Math.max(longestWait, start - at);
    work += runMs * (job.requests["processors"] ?? 0);
    lastEnd = Math.max(lastEnd, end);
  }
  const jobs = arrivals.length;
  const window = lastEnd - (arrivals[0]?.at ?? 0);
  return { meanSlowdown: slowdowns / jobs, rmsSlowdown: Math.sqrt(squares / jobs), longestWait, utilisation: work / (processors * window) };
}

test.skipIf(!logs.every((log) => existsSync(log)))(
  "half of EASY's mean slowdown without starving anyone (needs ../shared/data/swf)",
  { timeout: 120_000 },
  () => {
    let product = 1;
    for (const path of logs) {
      const log = readLog(gunzipSync(readFileSync(path)).toString());
      const [easy, own] = [figures(log, easyPolicy), figures(log, defaultPolicy)];
      product *= own.meanSlowdown / easy.meanSlowdown;
      expect(own.longestWait / easy.longestWait).toBeLessThanOrEqual(1.5);
      expect(own.rmsSlowdown / easy.rmsSlowdown).toBeLessThanOrEqual(1);
      expect(Math.abs(own.utilisation / easy.utilisation - 1)).toBeLessThanOrEqual(0.01);
    }
    expect(product ** (1 / logs.length)).toBeLessThanOrEqual(0.5);
  },
);
