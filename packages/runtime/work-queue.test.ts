import { expect, test } from "vitest";
import type { Effect, HttpWork, StepId, WorkOutcome } from "@baton/engine";
import type { LogRecord } from "./runtime.ts";
import { settle } from "./testing/manual-clock.ts";
import { answer, later, never, refusal, ScriptedExecutor, type Script } from "./testing/scripted-executor.ts";
import { WorkQueue } from "./work-queue.ts";

type PerformWork = Extract<Effect, { type: "performWork" }>;

const owner = { tenant: "acme", id: "run_1" };

function ask(step: StepId, name: string, awaited = true): PerformWork {
  const work: HttpWork = {
    kind: "http",
    method: "post",
    uri: "http://x",
    headers: {},
    query: {},
    body: name,
    output: "content",
    redirect: false,
  };
  return { type: "performWork", step, workId: `run_1:${step}`, work, awaited };
}

interface Bench {
  readonly queue: WorkQueue;
  readonly executor: ScriptedExecutor;
  readonly reports: { readonly step: StepId; readonly outcome: WorkOutcome; readonly stored: () => void }[];
  readonly log: LogRecord[];
}

function bench(scripts: { readonly [name: string]: Script }, limit = 10): Bench {
  const executor = new ScriptedExecutor(scripts);
  const reports: Bench["reports"] = [];
  const log: LogRecord[] = [];
  const queue = new WorkQueue(
    [executor],
    limit,
    (_, step, outcome, stored) => reports.push({ step, outcome, stored }),
    (record) => log.push(record),
  );
  return { queue, executor, reports, log };
}

test("work that ends at once is done in a queue of any length", async () => {
  const slow = later();
  const { queue, reports } = bench({ slow: slow.script }, 1);
  queue.start(owner, ask(0, "slow"));
  for (let step = 1; step <= 50_000; step++) queue.start(owner, ask(step, "quick"));
  expect([queue.running, queue.waiting, reports.length]).toEqual([1, 50_000, 0]);
  slow.give(answer(null));
  await settle();
  expect([queue.running, queue.waiting, reports.length]).toEqual([0, 0, 50_001]);
  expect(reports.at(-1)?.step).toBe(50_000);
});

test("the same work is not under way twice, not even while its result waits to be stored", () => {
  const { queue, executor, reports } = bench({});
  queue.start(owner, ask(1, "a"));
  queue.start(owner, ask(1, "a"));
  expect(executor.count("a")).toBe(1);
  reports[0]?.stored();
  queue.start(owner, ask(1, "a"));
  expect(executor.count("a")).toBe(2);
});

test("aborted work is stopped and never reported, whether it runs or waits", async () => {
  const slow = later();
  const { queue, executor, reports } = bench({ slow: slow.script }, 1);
  queue.start(owner, ask(1, "slow"));
  queue.start(owner, ask(2, "waiting"));
  queue.abort("run_1", 2);
  queue.abort("run_1", 1);
  queue.abort("run_1", 99);
  expect(executor.aborted).toEqual(["slow"]);
  slow.give(answer(1));
  await settle();
  expect([reports.length, executor.count("waiting"), queue.running]).toEqual([0, 0, 0]);
});

test("work that is not awaited is answered as soon as it has begun, or cannot begin", () => {
  const { queue, reports } = bench({ never, refused: () => refusal(500) });
  queue.start(owner, ask(1, "never", false));
  queue.start(owner, ask(2, "refused", false));
  expect(reports.map(({ outcome }) => outcome.ok)).toEqual([true, false]);
});

test("work that no executor performs is a fault that says so", () => {
  const { queue, reports } = bench({});
  const work = { kind: "shell", code: "true", arguments: [], environment: {}, return: "stdout" } as const;
  queue.start(owner, { type: "performWork", step: 1, workId: "run_1:1", work, awaited: true });
  expect(reports[0]?.outcome).toMatchObject({
    ok: false,
    fault: { kind: "configuration", detail: 'This server has no executor for "shell".' },
  });
});

test("a promise that rejects is a defect of the executor: a fault, and a line in the log", async () => {
  const { queue, reports, log } = bench({ a: () => Promise.reject(new Error("broken")) });
  queue.start(owner, ask(1, "a"));
  await settle();
  expect(reports[0]?.outcome).toMatchObject({ ok: false, fault: { kind: "runtime", detail: "broken" } });
  expect(log).toMatchObject([{ level: "error", runId: "run_1" }]);
});

test("a queue that is closed stops everything and reports nothing", async () => {
  const slow = later();
  const { queue, executor, reports } = bench({ slow: slow.script, never }, 2);
  for (const [step, name] of [
    [1, "slow"],
    [2, "never"],
    [3, "waiting"],
  ] as const)
    queue.start(owner, ask(step, name));
  await queue.close();
  slow.give(answer(1));
  await settle();
  queue.start(owner, ask(4, "late"));
  expect(executor.aborted).toEqual(["slow", "never"]);
  expect([reports.length, executor.count("waiting"), executor.count("late"), executor.closed]).toEqual([0, 0, 0, true]);
});
