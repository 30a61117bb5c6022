// Jobs end to end: submitted, placed by resources, run, results back, all durable. Every process is one of its own: the server as
// users start it, a worker, and this one that submits. Processor time counts all three.
import { connectJobs, type JobStream } from "@baton/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { commandRounds, commandsPerRound, commandsPerSecond } from "./jobs/commands.ts";
import { benchFleet } from "./jobs/fleet.ts";
import { benchPlacements } from "./jobs/placements.ts";
import { benchShellSteps } from "./jobs/shell-steps.ts";
import { cpuMicros, startNoopWorker, startServer } from "./jobs/processes.ts";
import { inLanes, percentile, verdict } from "./measure.ts";

const places = 100;
const callers = 400;
const rounds = 3;
const jobsPerRound = 40_000;
const bulkSize = 500;
const bulkCallers = 4;
const call = (i: number): { readonly function: string; readonly payload: number } => ({ function: "noop:1.0.0", payload: i });

/** Prints the figures. */
export async function benchJobs(): Promise<void> {
  console.log(`SQLite, FULL; one worker, ${places} at a time; the best of ${rounds} rounds of ${jobsPerRound} jobs`);
  const server = await startServer();
  const worker = await startNoopWorker(server.url, places);
  const stream = connectJobs({ url: server.url });
  await stream.ready;
  const pids = [process.pid, server.pid, worker.pid];
  await oneByOne(stream, jobsPerRound / 4);
  const single = await best(pids, jobsPerRound, () => oneByOne(stream, jobsPerRound));
  console.log(`one by one: ${single.rate.toFixed(0)} jobs/s ${verdict(single.rate, { atLeast: 15_000 })}`);
  const [client = 0, own = 0, runner = 0] = single.micros;
  const total = client + own + runner;
  console.log(
    `  processor: ${total.toFixed(0)} µs a job ${verdict(total, { atMost: 80 })}: server ${own.toFixed(0)}, worker ${runner.toFixed(0)}, caller ${client.toFixed(0)}`,
  );
  const bulk = await best(pids, jobsPerRound, () => inBulk(stream, jobsPerRound));
  console.log(`in bulk, ${bulkSize} at a time: ${bulk.rate.toFixed(0)} jobs/s ${verdict(bulk.rate, { atLeast: 35_000 })}`);
  await latency(stream);
  stream.close();
  await worker.stop();
  await realProcesses(server.url);
  await benchShellSteps(server.url);
  await server.stop();
  await benchPlacements();
  await benchFleet();
}

interface Rate {
  readonly rate: number;
  /** Microseconds a job, by process. */
  readonly micros: readonly number[];
}

async function best(pids: readonly number[], jobs: number, work: () => Promise<void>): Promise<Rate> {
  const found: Rate[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = pids.map(cpuMicros);
    const started = performance.now();
    await work();
    const rate = jobs / ((performance.now() - started) / 1000);
    found.push({ rate, micros: pids.map((pid, i) => (cpuMicros(pid) - (before[i] ?? 0)) / jobs) });
  }
  return found.sort((a, b) => b.rate - a.rate)[0] ?? { rate: 0, micros: [] };
}

function oneByOne(stream: JobStream, total: number): Promise<void> {
  return inLanes(total, callers, async (i) => {
    const [job] = await stream.submit(call(i));
    const ended = await job?.ended;
    if (ended?.output !== i) throw new Error(`job ${i} ended with ${JSON.stringify(ended)}`);
  });
}

function inBulk(stream: JobStream, total: number): Promise<void> {
  return inLanes(total / bulkSize, bulkCallers, async (i) => {
    const jobs = Array.from({ length: bulkSize }, (_, k) => call(i * bulkSize + k));
    const handles = await stream.submit({ jobs });
    const ends = await Promise.all(handles.map(({ ended }) => ended));
    if (ends.some(({ output }, k) => output !== i * bulkSize + k)) throw new Error("a job of a bulk has another's answer");
  });
}

/** From submitting to the result, at a steady 200 a second. */
async function latency(stream: JobStream): Promise<void> {
  const took: number[] = [];
  const pending: Promise<void>[] = [];
  for (let i = 0; i < 600; i++) {
    pending.push(
      (async () => {
        const started = performance.now();
        const [job] = await stream.submit(call(i));
        await job?.ended;
        took.push(performance.now() - started);
      })(),
    );
    await delay(5);
  }
  await Promise.all(pending);
  const p50 = percentile(took, 0.5);
  console.log(
    `submit to result at 200/s: p50 ${p50.toFixed(2)} ms ${verdict(p50, { atMost: 2 })}, p99 ${percentile(took, 0.99).toFixed(1)} ms`,
  );
}

/** `true`, as a real process with its folder, through the server's own node. */
async function realProcesses(url: string): Promise<void> {
  const rate = await commandsPerSecond(url);
  console.log(
    `real processes (true), 8 at a time, the best of ${commandRounds} rounds of ${commandsPerRound}: ${rate.toFixed(0)}/s ${verdict(rate, { atLeast: 200 })}`,
  );
}
