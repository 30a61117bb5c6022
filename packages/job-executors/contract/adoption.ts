// That jobs outlive the program that started them.
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import type { JobHandle } from "../port.ts";
import { endedInOrder } from "./endings.ts";
import { finished, isReady, type Bench, type Subject } from "./subject.ts";

/** Registers this part of the suite. */
export function adoption({ test }: Subject, bench: Bench): void {
  const { tick, exit } = bench.behaviours;

  test("a successor finds what runs and what has ended, until it is released", async () => {
    const running = await bench.start(tick);
    await isReady(running);
    const ended = await bench.start(exit(7));
    await ended.result;
    const successor = await bench.succeed();
    const adopted = await successor.adopt();
    equal(adopted.length, new Set(adopted.map(({ allocation }) => allocation)).size);
    deepEqual((await finished(of(adopted, ended))).end, { kind: "exited", exitCode: 7 });
    const job = of(adopted, running);
    await isReady(job);
    await job.stop();
    await endedInOrder(job);
    const left = (await successor.adopt()).map(({ allocation }) => allocation);
    deepEqual(
      left.filter((allocation) => allocation === running.allocation || allocation === ended.allocation),
      [],
    );
  });

  test("what still runs cannot be released; what is released already, can", async () => {
    const job = await bench.start(tick);
    await rejects(job.release(), { code: "job-running" });
    await job.stop({ graceMs: 0 });
    await finished(job);
    await job.release();
  });
}

function of(jobs: readonly JobHandle[], { allocation, token }: JobHandle): JobHandle {
  const found = jobs.find((job) => job.allocation === allocation && job.token === token);
  ok(found !== undefined, `Expected ${allocation} to be found.`);
  return found;
}
