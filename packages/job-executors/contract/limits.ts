// That limits are kept, and what a job uses.
import { equal, notDeepEqual, ok } from "node:assert/strict";
import { failureOf } from "./endings.ts";
import { finished, textOf, until, type Bench, type Subject } from "./subject.ts";

const hogBytes = 32 * 1024 * 1024;
const fewPids = 12;

/** Registers this part of the suite. */
export function limits({ test, keepsMemory, keepsPids, lacks = [] }: Subject, bench: Bench): void {
  const { memoryHog, manyProcesses, burn } = bench.behaviours;

  if (keepsMemory)
    test("a memory hog is killed by its limit, and reported as such", async () => {
      const { end } = await finished(await bench.start(memoryHog, { limits: { memoryBytes: hogBytes } }));
      equal(failureOf(end).code, "job-out-of-memory");
    });

  if (keepsPids && manyProcesses !== undefined)
    test("a job gets no more processes than its limit allows", async () => {
      const job = await bench.start(manyProcesses, { limits: { pids: fewPids } });
      const counts = (await textOf(job)).trim().split("\n").map(Number);
      ok(Math.max(...counts) <= fewPids);
      notDeepEqual((await finished(job)).end, { kind: "exited", exitCode: 0 });
    });

  test("usage is known while it runs and when it has ended", async () => {
    const job = await bench.start(burn);
    const isMeasured = !lacks.includes("accounting");
    if (isMeasured) await until("CPU time to be used", async () => (await job.usage()).cpuMs > 0);
    await until("time to pass", async () => (await job.usage()).wallMs > 0);
    await job.stop({ graceMs: 0 });
    const { usage } = await finished(job);
    ok(usage.wallMs > 0, JSON.stringify(usage));
    if (isMeasured) ok(usage.cpuMs > 0 && usage.memoryPeakBytes > 0, JSON.stringify(usage));
  });
}
