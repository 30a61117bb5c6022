// Holding a job and letting it go on.
import { ok, rejects } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { endedInOrder } from "./endings.ts";
import { finished, isReady, listenTo, textOf, until, type Bench, type Subject } from "./subject.ts";

const heldMs = 500;
/** How much time a job may need for itself depends on the machine: it gets more where it was not enough. */
const timeoutsMs = [3000, 15_000, 60_000];

/** Registers this part of the suite. */
export function holding({ test, lacks = [] }: Subject, bench: Bench): void {
  const { tick } = bench.behaviours;
  if (lacks.includes("freeze")) return test("what cannot be frozen says so, and goes on", () => refusesToFreeze(bench));

  test("a frozen job does nothing until it is thawed", async () => {
    const job = await bench.start(tick);
    await isReady(job);
    const heard = listenTo(job);
    await job.freeze();
    let before = heard.bytes;
    // What it had written may still be on its way here; a job that goes on writes ten times in between.
    await until("the job to write nothing more", async () => {
      before = heard.bytes;
      await sleep(heldMs);
      return heard.bytes === before;
    });
    await job.thaw();
    await until("the job to go on", () => heard.bytes > before);
    await job.stop({ graceMs: 0 });
    await finished(job);
  });

  test("the timeout of a job does not run while it is frozen", async () => {
    let isInTime = false;
    for (const timeoutMs of timeoutsMs) isInTime ||= await endsInTime(bench, timeoutMs);
    ok(isInTime, "Expected a job that was frozen for as long as its timeout to end by itself.");
  });

  test("a frozen job can be stopped, in order", async () => {
    const job = await bench.start(tick);
    await isReady(job);
    await job.freeze();
    await job.stop();
    await endedInOrder(job);
  });
}

/** Whether a job that was frozen for the whole of its timeout could still end by itself. */
async function endsInTime(bench: Bench, timeoutMs: number): Promise<boolean> {
  const job = await bench.start(bench.behaviours.tick, { timeoutMs });
  await textOf(job, "stdout", (text) => text.includes("ready"));
  await job.freeze();
  await sleep(timeoutMs + heldMs);
  await job.thaw();
  await job.signal("SIGTERM");
  return (await finished(job)).end.kind === "exited";
}

async function refusesToFreeze(bench: Bench): Promise<void> {
  const job = await bench.start(bench.behaviours.tick);
  await isReady(job);
  await rejects(job.freeze(), { code: "operation-unsupported" });
  await job.thaw();
  await job.stop();
  await endedInOrder(job);
}
