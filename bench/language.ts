// What the language needs of the runtime, on SQLite with synchronous=FULL. One function per figure.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatInstant, type Instant, type Millis } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { createRuntime, type Clock, type Runtime } from "@baton/runtime";
import { openSqliteStore } from "@baton/storage";
import { benchEvents, benchWaitingRuns } from "./events.ts";
import { inLanes, verdict } from "./measure.ts";

const tenant = "bench";
const atATime = 100;
const together = 10_000;
const dueWithinSeconds = 1.5;
const hourMs: Millis = 3_600_000;

/** Waiting runs whose memory is measured, when nothing is said. */
const waitingRuns = 100_000;

/** Measures, and prints a line per figure; `waiting`: how many waiting runs the memory is measured of. */
export async function benchLanguage(waiting = waitingRuns): Promise<void> {
  await timersDueTogether();
  await schedulesDueTogether();
  await benchEvents();
  benchWaitingRuns(waiting);
}

/** The machine's clock, which can be put forward. */
class ShiftedClock implements Clock {
  #shift: Millis = 0;

  now(): Instant {
    return Date.now() + this.#shift;
  }

  after(ms: Millis, callback: () => void): () => void {
    const timeout = setTimeout(callback, ms);
    return () => clearTimeout(timeout);
  }

  moveTo(instant: Instant): void {
    this.#shift = instant - Date.now();
  }
}

interface Bench {
  readonly runtime: Runtime;
  readonly clock: ShiftedClock;
  close(): Promise<void>;
}

async function open(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const store = await openSqliteStore({ folder });
  const clock = new ShiftedClock();
  const runtime = createRuntime({ store, clock, executors: [], compile: compileWorkflow });
  await runtime.recover();
  const close = async (): Promise<void> => {
    await runtime.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { runtime, clock, close };
}

async function register(runtime: Runtime, text: string): Promise<void> {
  const registered = await runtime.registerFlow(tenant, text);
  if (!registered.ok) throw new Error(JSON.stringify(registered.diagnostics));
}

/** Puts the clock forward to just before everything is due, and tells how long after that it is done. */
async function untilDone({ runtime, clock }: Bench, due: Instant): Promise<number> {
  clock.moveTo(due - 2_000);
  while ((runtime.stats().runsFinished["completed"] ?? 0) < together)
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  return (clock.now() - due) / 1000;
}

/** Runs that wait, all until the same instant. */
async function timersDueTogether(): Promise<void> {
  const bench = await open();
  try {
    const due = Date.now() + hourMs;
    const flow = `
document: { dsl: "1.0.0", namespace: bench, name: sleeper, version: "1.0.0" }
do:
  - sleep: { wait: "\${ { milliseconds: (.until - now * 1000 | floor) } }" }
`;
    await register(bench.runtime, flow);
    const workflow = { namespace: "bench", name: "sleeper" };
    await inLanes(together, atATime, async () => void (await bench.runtime.startRun({ tenant, workflow, input: { until: due } })));
    const seconds = await untilDone(bench, due);
    say(
      `${together} timers due at the same instant: all runs ended ${seconds.toFixed(2)} s after it ${verdict(seconds, { atMost: dueWithinSeconds })}`,
    );
  } finally {
    await bench.close();
  }
}

/** Schedules of as many flows, all due at the same instant. */
async function schedulesDueTogether(): Promise<void> {
  const bench = await open();
  try {
    const due = Date.now() + hourMs;
    const schedule = `{ start: "${formatInstant(due).replace(/\.\d+Z$/, "Z")}" }`;
    const flow = (i: number): string => `
document: { dsl: "1.0.0", namespace: bench, name: nightly-${i}, version: "1.0.0", metadata: { baton: { schedule: ${schedule} } } }
schedule: { every: { days: 1 } }
do:
  - note: { set: { done: true } }
`;
    await inLanes(together, atATime, (i) => register(bench.runtime, flow(i)));
    const seconds = await untilDone(bench, Math.floor(due / 1000) * 1000);
    say(
      `${together} schedules due at the same instant: all runs ended ${seconds.toFixed(2)} s after it ${verdict(seconds, { atMost: dueWithinSeconds })}`,
    );
  } finally {
    await bench.close();
  }
}

function say(line: string): void {
  console.log(`language: ${line}`);
}
