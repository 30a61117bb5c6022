// That limits are kept, and what a job uses.
import { equal, match, ok } from "node:assert/strict";
import { endedInOrder, failureOf } from "./endings.ts";
import { finished, isReady, listenTo, textOf, until, type Bench, type Subject } from "./subject.ts";

const hogBytes = 32 * 1024 * 1024;
const fewPids = 12;
const bombPids = 40;

/** Registers this part of the suite. */
export function limits({ test, keepsMemory, keepsPids, lacks = [] }: Subject, bench: Bench): void {
  const { memoryHog, hiddenHog, manyProcesses, forkBomb, burn, tick } = bench.behaviours;

  if (keepsMemory)
    test("a memory hog is killed by its limit, and reported as such", async () => {
      const { end } = await finished(await bench.start(memoryHog, { limits: { memoryBytes: hogBytes } }));
      const { code, message } = failureOf(end);
      equal(code, "job-out-of-memory");
      match(message, /32 MiB/);
    });

  if (keepsMemory && hiddenHog !== undefined)
    test("a job of which a process was killed for its memory has failed, also where its command takes no notice", async () => {
      const { end } = await finished(await bench.start(hiddenHog, { limits: { memoryBytes: hogBytes } }));
      equal(failureOf(end).code, "job-out-of-memory");
    });

  if (keepsPids && manyProcesses !== undefined)
    test("a job gets no more processes than its limit allows", async () => {
      const job = await bench.start(manyProcesses, { limits: { pids: fewPids } });
      const counts = (await textOf(job)).trim().split("\n").map(Number);
      ok(Math.max(...counts) <= fewPids);
      const { code, message } = failureOf((await finished(job)).end);
      equal(code, "job-too-many-processes");
      match(message, /more than 12 processes/);
    });

  if (keepsPids && forkBomb !== undefined)
    test("a fork bomb is ended and reported as such, and another job takes no harm", async () => {
      const other = await bench.start(tick);
      await isReady(other);
      const heard = listenTo(other);
      const { end } = await finished(await bench.start(forkBomb, { limits: { pids: bombPids } }));
      equal(failureOf(end).code, "job-too-many-processes");
      const before = heard.bytes;
      await until("the other job to go on", () => heard.bytes > before);
      await other.stop();
      await endedInOrder(other);
    });

  test("usage is known while it runs and when it has ended", async () => {
    const job = await bench.start(burn);
    // Before it is seen to run, time passes since its order; of what nobody saw run, a cluster tells whole seconds.
    await job.began;
    const isMeasured = !lacks.includes("accounting");
    if (isMeasured) await until("CPU time to be used", async () => (await job.usage()).cpuMs > 0);
    await until("time to pass", async () => (await job.usage()).wallMs > 0);
    await job.stop({ graceMs: 0 });
    const { usage } = await finished(job);
    ok(usage.wallMs > 0, JSON.stringify(usage));
    if (isMeasured) ok(usage.cpuMs > 0 && usage.memoryPeakBytes > 0, JSON.stringify(usage));
  });
}
