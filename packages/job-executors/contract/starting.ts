// What a job is given, and which orders are refused.
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import type { JobSpec } from "../port.ts";
import { finished, orderOf, textOf, type Bench, type Subject } from "./subject.ts";

/** Registers this part of the suite. */
export function starting({ test, lacks = [] }: Subject, bench: Bench): void {
  const { echo, exit } = bench.behaviours;
  const noted = lacks.includes("streams") ? "noted\n" : "";

  test("a job gets its argument, variable and input; its streams and exit code come back", async () => {
    const job = await bench.start(echo("a b\n$c"), { env: { WHO: "Zoë" }, stdin: "Hello\nWorld" });
    equal(await textOf(job), `a b\n$c|Zoë|Hello\nWorld${noted}`);
    equal(await textOf(job, "stderr"), noted === "" ? "noted\n" : "");
    const { end, startedAt, endedAt } = await finished(job);
    deepEqual(end, { kind: "exited", exitCode: 0 });
    ok(endedAt >= startedAt);
  });

  test("without input, reading ends at once", async () => {
    const job = await bench.start(echo("x"), { env: { WHO: "y" } });
    equal(await textOf(job), `x|y|${noted}`);
    await finished(job);
  });

  test("an exit code is the job's own, also those that shells use", async () => {
    for (const exitCode of [1, 3, 125, 126, 127, 137, 143]) deepEqual(await bench.run(exit(exitCode)), { kind: "exited", exitCode });
  });

  test("many at a time, all with their own result", async () => {
    const codes = Array.from({ length: 20 }, (_, i) => i);
    const ends = await Promise.all(codes.map((code) => bench.run(exit(code))));
    deepEqual(
      ends,
      codes.map((exitCode) => ({ kind: "exited", exitCode })),
    );
  });

  test("the same allocation runs once, however often it is ordered, and not with another token", async () => {
    const order = orderOf(echo("once"));
    const jobs = await Promise.all([bench.executor.start(order), bench.executor.start(order)]);
    const results = await Promise.all(jobs.map((job) => job.result));
    deepEqual(results[0], results[1]);
    equal(await textOf(await bench.executor.start(order)), `once||${noted}`);
    await rejects(bench.executor.start({ ...order, token: 2 }), { code: "allocation-taken" });
    for (const job of jobs) await job.release();
  });

  const invalid: readonly (readonly [Partial<JobSpec>, RegExp])[] = [
    [{ env: { "A=B": "1" } }, /"A=B" is not a name/],
    [{ env: { A: "\0" } }, /variable A has a null/],
    [{ limits: { memoryBytes: -1 } }, /memoryBytes is -1/],
    [{ timeoutMs: 0 }, /timeoutMs is 0/],
    [{ allocation: "../up" }, /"..\/up" is not an allocation/],
  ];
  for (const [more, message] of invalid)
    test(`what cannot be run as it is described is a result that says so: ${JSON.stringify(more)}`, async () => {
      const end = await bench.run(echo("x"), more);
      ok(end.kind === "failed");
      equal(end.code, "job-spec-invalid");
      match(end.message, message);
    });
}
