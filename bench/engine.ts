// Runs through the whole runtime on SQLite with synchronous=FULL: every call journaled before it is made, every answer
// before the next step. The calls are answered in this process, so what is measured is Baton and the disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import type { Executor } from "@baton/executors";
import { createRuntime, type Runtime } from "@baton/runtime";
import { openSqliteStore } from "@baton/storage";
import { inLanes, measure, median, verdict, type Taken } from "./measure.ts";

const tenant = "bench";
const atATime = 100;
const steps = 5;
const manySteps = 100;

/** What the comparison with others needs. */
export interface EngineFigures {
  readonly stepsPerSecond: number;
  readonly cpuMicrosPerStep: number;
  readonly aloneMs: number;
}

const echo: Executor = {
  kinds: ["http"],
  perform: (work) => ({ ok: true, output: work.kind === "http" ? (work.body ?? null) : null }),
  close: async () => undefined,
};

function flowOf(name: string, count: number): string {
  const task = (i: number): string =>
    `  - step${i}: { call: http, with: { method: post, endpoint: "http://127.0.0.1/noop", body: { n: "\${ .n + 1 }" } } }`;
  const tasks = Array.from({ length: count }, (_, i) => task(i));
  return [`document: { dsl: "1.0.0", namespace: bench, name: ${name}, version: "1.0.0" }`, "do:", ...tasks].join("\n");
}

const sleeper = `
document: { dsl: "1.0.0", namespace: bench, name: sleeper, version: "1.0.0" }
do:
  - sleep: { wait: { hours: 1 } }
`;

/** Measures, prints a line per figure, and gives the figures. */
export function benchEngine(): Promise<EngineFigures> {
  return withRuntime(measureAll);
}

/** What a run of many tasks costs, on a runtime of its own. */
export async function benchLongRuns(wanted: number): Promise<void> {
  await withRuntime(async (runtime) => {
    const count = 200 * manySteps;
    const { seconds } = await steadyLoad(runtime, "hundred", 200);
    const rate = Math.round(count / seconds);
    console.log(`language: ${manySteps}-task runs, ${atATime} at a time: ${rate} tasks/s ${verdict(rate, { atLeast: wanted })}`);
  });
}

async function withRuntime<T>(work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const store = await openSqliteStore({ folder });
  const runtime = createRuntime({ store, executors: [echo], compile: compileWorkflow });
  try {
    for (const text of [flowOf("five", steps), flowOf("hundred", manySteps), sleeper]) await register(runtime, text);
    await runtime.recover();
    return await work(runtime);
  } finally {
    await runtime.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function register(runtime: Runtime, text: string): Promise<void> {
  const registered = await runtime.registerFlow(tenant, text);
  if (!registered.ok) throw new Error(JSON.stringify(registered.diagnostics));
}

async function measureAll(runtime: Runtime): Promise<EngineFigures> {
  const five = await steadyLoad(runtime, "five", 4_000);
  const stepsPerSecond = (4_000 * steps) / five.seconds;
  const cpuMicrosPerStep = (five.cpuSeconds * 1e6) / (4_000 * steps);
  say(`${steps}-step runs, ${atATime} at a time: ${stepsPerSecond.toFixed(0)} steps/s ${verdict(stepsPerSecond, { atLeast: 20_000 })}`);
  say(
    `${steps}-step runs, ${atATime} at a time: ${cpuMicrosPerStep.toFixed(1)} µs CPU per step ${verdict(cpuMicrosPerStep, { atMost: 60 })}`,
  );
  const hundred = await steadyLoad(runtime, "hundred", 200);
  const count = 200 * manySteps;
  say(
    `${manySteps}-step runs, ${atATime} at a time: ${(count / hundred.seconds).toFixed(0)} steps/s, ${micros(hundred, count)} µs CPU per step`,
  );
  const aloneMs = await alone(runtime);
  say(`${steps}-step run alone: p50 ${aloneMs.toFixed(2)} ms ${verdict(aloneMs, { atMost: 3 })}`);
  const starts = await measure(() => inLanes(1_000, 1, (i) => start(runtime, "sleeper", { n: i }).then(() => undefined)));
  const startMicros = (starts.cpuSeconds * 1e6) / 1_000;
  say(`start of an instance, one after the other: ${startMicros.toFixed(0)} µs CPU ${verdict(startMicros, { atMost: 1_000 })}`);
  return { stepsPerSecond, cpuMicrosPerStep, aloneMs };
}

/** The second of two loads: the first one warms up. */
async function steadyLoad(runtime: Runtime, flow: string, runs: number): Promise<Taken> {
  const load = (): Promise<void> => inLanes(runs, atATime, () => toTheEnd(runtime, flow));
  await load();
  return measure(load);
}

async function alone(runtime: Runtime): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 200; i++) times.push((await measure(() => toTheEnd(runtime, "five"))).seconds * 1000);
  return median(times);
}

async function toTheEnd(runtime: Runtime, flow: string): Promise<void> {
  const result = await runtime.awaitResult(tenant, await start(runtime, flow, { n: 0 }));
  if (result.status !== "completed") throw new Error(`A run ended as ${result.status}: ${JSON.stringify(result.error)}`);
}

async function start(runtime: Runtime, flow: string, input: Json): Promise<string> {
  return (await runtime.startRun({ tenant, workflow: { namespace: "bench", name: flow }, input })).runId;
}

function micros({ cpuSeconds }: Taken, count: number): string {
  return ((cpuSeconds * 1e6) / count).toFixed(1);
}

function say(line: string): void {
  console.log(`engine: ${line}`);
}
