// How a job is ended from outside.
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { JobEnd, JobHandle } from "../port.ts";
import { finished, isReady, textOf, type Bench, type Subject } from "./subject.ts";

/** The code of an end that must be a failure. */
export function failureOf(end: JobEnd): Extract<JobEnd, { readonly kind: "failed" }> {
  ok(end.kind === "failed", `Expected a failure, but got ${JSON.stringify(end)}.`);
  return end;
}

/** A job that said "bye" when it was asked to end. */
export async function endedInOrder(job: JobHandle): Promise<void> {
  match(await textOf(job), /bye\n$/);
  const { code, exitCode } = failureOf((await finished(job)).end);
  deepEqual({ code, exitCode }, { code: "job-cancelled", exitCode: 0 });
}

/** Registers this part of the suite. */
export function endings({ test, lacks = [] }: Subject, bench: Bench): void {
  const { tick, stubborn } = bench.behaviours;

  test("a job that is asked to end may do so in order", async () => {
    const job = await bench.start(tick);
    await isReady(job);
    await job.stop();
    await endedInOrder(job);
  });

  for (const graceMs of [50, 0])
    test(`a job that does not listen is killed after a grace of ${graceMs} ms`, async () => {
      const job = await bench.start(stubborn);
      await isReady(job);
      await job.stop({ graceMs });
      equal(failureOf((await finished(job)).end).code, "job-cancelled");
    });

  test("a job that is stopped before it is under way ends too", async () => {
    const job = await bench.start(stubborn);
    await job.stop({ graceMs: 50 });
    equal(failureOf((await finished(job)).end).code, "job-cancelled");
  });

  test("the first reason to stop a job counts; a second one may shorten the grace", async () => {
    const job = await bench.start(stubborn);
    await isReady(job);
    await job.stop({ graceMs: 600_000 });
    await job.stop({ code: "job-lost", graceMs: 0 });
    equal(failureOf((await finished(job)).end).code, "job-cancelled");
  });

  test("a job that runs longer than its timeout is stopped", async () => {
    const { code, message } = failureOf(await bench.run(stubborn, { timeoutMs: 300, graceMs: 50 }));
    equal(code, "job-timed-out");
    match(message, /300 ms/);
  });

  if (lacks.includes("signals"))
    test("a signal that cannot be sent is refused", async () => {
      const job = await bench.start(tick);
      await rejects(job.signal("SIGTERM"), { code: "operation-unsupported" });
      await rejects(job.signal("SIGNOTHING"), { code: "job-spec-invalid" });
      await job.stop({ graceMs: 0 });
      await finished(job);
    });
  else
    test("a signal reaches the job", async () => {
      const job = await bench.start(tick);
      await isReady(job);
      await job.signal("SIGTERM");
      await rejects(job.signal("SIGNOTHING"), { code: "job-spec-invalid" });
      deepEqual((await finished(job)).end, { kind: "exited", exitCode: 0 });
    });
}
