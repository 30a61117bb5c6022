// Events to runs that wait for them, each by a key of its own, on SQLite with synchronous=FULL: how long one takes among many that
// wait, how many there can be a second, and what a server needs that has many waiting runs.
//
// Run as a program: events.ts FOLDER RUNS starts so many runs that wait, or takes up those that are there, and prints what the
// process needs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileWorkflow } from "@baton/dsl";
import type { CloudEvent } from "@baton/engine";
import { createRuntime, type Runtime } from "@baton/runtime";
import { keepHeapSmall } from "@baton/server";
import { openSqliteStore } from "@baton/storage";
import { inLanes, percentile, verdict } from "./measure.ts";

const tenant = "bench";
const waiting = 100_000;
const single = 400;
const together = 20_000;
const startsAtATime = 400;
const sendersAtATime = 400;
const megabyte = 1024 * 1024;

/** An order that waits until it is paid for. */
const flow = `
document: { dsl: "1.0.3", namespace: bench, name: order, version: "1.0.0" }
do:
  - paid: { listen: { to: { one: { with: { type: order.paid }, correlate: { order: { from: .data.order, expect: "\${ .order }" } } } } } }
`;

interface Bench {
  readonly runtime: Runtime;
  close(): Promise<void>;
}

async function open(folder: string): Promise<Bench> {
  const store = await openSqliteStore({ folder });
  const runtime = createRuntime({ store, executors: [], compile: compileWorkflow });
  const registered = await runtime.registerFlow(tenant, flow);
  if (!registered.ok) throw new Error(JSON.stringify(registered.diagnostics));
  await runtime.recover();
  return {
    runtime,
    close: async () => {
      await runtime.close();
      await store.close();
    },
  };
}

/** Starts runs that wait, each for an order of its own, and tells the id of each. */
async function startWaiting({ runtime }: Bench, count: number, started: (order: number, id: string) => void): Promise<void> {
  const workflow = { namespace: "bench", name: "order" };
  await inLanes(count, startsAtATime, async (order) => {
    started(order, (await runtime.startRun({ tenant, workflow, input: { order } })).runId);
  });
}

function paid(order: number): CloudEvent {
  return { specversion: "1.0", id: `paid-${order}`, source: "/bench", type: "order.paid", data: { order } };
}

/** What an event takes among many runs that wait, and how many there can be a second. */
export async function benchEvents(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const bench = await open(folder);
  try {
    const ids: string[] = [];
    await startWaiting(bench, waiting, (order, id) => void (ids[order] = id));
    const milliseconds = await oneByOne(bench, ids);
    const p50 = percentile(milliseconds, 0.5);
    say(
      `an event to the step that awaited it, among ${waiting} waiting runs: p50 ${p50.toFixed(1)} ms ${verdict(p50, { atMost: 5 })}, ` +
        `p99 ${percentile(milliseconds, 0.99).toFixed(1)} ms`,
    );
    const rate = await allTogether(bench);
    say(`${together} events, each to a run of its own: ${Math.round(rate)} events/s ${verdict(rate, { atLeast: 5_000 })}`);
  } finally {
    await bench.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** From the sending of an event to the end of its run, which nobody has touched since it began to wait; the answer's reading included. */
async function oneByOne({ runtime }: Bench, ids: readonly string[]): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let n = 0; n < single; n++) {
    const order = waiting - 1 - n * 7;
    const ended = runtime.waitForRun(tenant, ids[order] ?? "");
    // It is watched from now on; the reading that comes with that is not part of what is measured.
    await runtime.getRun(tenant, ids[order] ?? "");
    const started = performance.now();
    await runtime.events.receive(tenant, paid(order));
    if ((await ended).status !== "completed") throw new Error("Expected the run to have ended.");
    milliseconds.push(performance.now() - started);
  }
  return milliseconds;
}

async function allTogether({ runtime }: Bench): Promise<number> {
  const ended = (): number => runtime.stats().runsFinished["completed"] ?? 0;
  const before = ended();
  const started = performance.now();
  await inLanes(together, sendersAtATime, async (i) => void (await runtime.events.receive(tenant, paid(i))));
  while (ended() < before + together)
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  return together / ((performance.now() - started) / 1000);
}

/** What a process needs that has so many waiting runs: the one that started them, and one that was started again. */
export function benchWaitingRuns(count: number): void {
  const folder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  try {
    for (const life of ["that started them", "that was started again"]) {
      const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), folder, String(count)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      const bytes = Number(output);
      say(
        `${count} waiting runs: the server ${life} needs ${Math.round(bytes / megabyte)} MB ${verdict(bytes / megabyte, { atMost: 500 })}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The most that this process has needed so far, all threads. */
function peakBytes(): number {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

async function holdWaiting(folder: string, count: number): Promise<void> {
  keepHeapSmall();
  const bench = await open(folder);
  const [some] = await bench.runtime.listRuns({ tenant, limit: 1 });
  if (!some) await startWaiting(bench, count, () => undefined);
  console.log(peakBytes());
  await bench.close();
}

function say(line: string): void {
  console.log(`language: ${line}`);
}

if (import.meta.main) await holdWaiting(process.argv[2] ?? "", Number(process.argv[3]));
