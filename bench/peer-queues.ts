// No-op jobs on Baton and on other job queues with their real stores, one after the other: submitted by a hundred callers one by one,
// five hundred at a time in bulk, and one alone; the best of some rounds. Redis writes nothing to its disk; Baton's SQLite and PostgreSQL sync every commit.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connectJobs, type JobStream } from "@baton/sdk";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { postgresPrograms, startPostgres } from "../tools/postgres.ts";
import { startNoopWorker, startServer } from "./jobs/processes.ts";
import { inLanes, percentile } from "./measure.ts";
import { install } from "./peers.ts";

interface Figures {
  /** Jobs per second. */
  readonly oneByOne: number;
  readonly inBulk: number;
  /** Median of a job alone. */
  readonly aloneMs: number;
}

const folder = fileURLToPath(new URL("./peers/", import.meta.url));
const [jobs, rounds] = [6_000, 3];
const atATime = 100;
const bulkSize = 500;
const alone = 100;

/** Prints figures and ratios. */
export async function benchPeerQueues(): Promise<void> {
  install("bullmq");
  const ours = await measureOurs();
  say("Baton", ours);
  await onRedis((url) => compare(ours, "bullmq", url));
  if (postgresPrograms() === undefined) return console.log("queues: pg-boss and graphile-worker need PostgreSQL, which is not installed");
  const postgres = await startPostgres();
  for (const name of ["graphile-worker", "pg-boss"]) compare(ours, name, postgres.url);
  await postgres.stop();
}

/** The worker of ours is a process of its own; those of the others are in the one that submits. */
async function measureOurs(): Promise<Figures> {
  const server = await startServer();
  const worker = await startNoopWorker(server.url, atATime);
  const stream = connectJobs({ url: server.url });
  await stream.ready;
  const call: Call = (n) => ({ function: "noop:1.0.0", payload: n });
  const one = async (n: number): Promise<void> => void (await (await stream.submit(call(n)))[0]?.ended);
  await one(0);
  const oneByOne = await rate(() => single(stream, call));
  const inBulk = await rate(() => bulk(stream, call));
  const waits: number[] = [];
  for (let i = 0; i < alone; i++) {
    const started = performance.now();
    await one(i);
    waits.push(performance.now() - started);
  }
  stream.close();
  await worker.stop();
  await server.stop();
  return { oneByOne, inBulk, aloneMs: percentile(waits, 0.5) };
}

type Call = (n: number) => { readonly function: string; readonly payload: number };

/** A caller goes on when its job is taken, as those of the others do. */
async function single(stream: JobStream, call: Call): Promise<void> {
  const ends: Promise<unknown>[] = [];
  await inLanes(jobs, atATime, async (n) => {
    ends.push(...(await stream.submit(call(n))).map(({ ended }) => ended));
  });
  await Promise.all(ends);
}

/** All are submitted before the first end is waited for, as the others do. */
async function bulk(stream: JobStream, call: Call): Promise<void> {
  const ends: Promise<unknown>[] = [];
  for (let from = 0; from < jobs; from += bulkSize) {
    const handles = await stream.submit({ jobs: Array.from({ length: bulkSize }, (_, i) => call(from + i)) });
    ends.push(...handles.map(({ ended }) => ended));
  }
  await Promise.all(ends);
}

async function rate(work: () => Promise<void>): Promise<number> {
  let shortest = Infinity;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await work();
    shortest = Math.min(shortest, performance.now() - started);
  }
  return jobs / (shortest / 1_000);
}

function compare(ours: Figures, name: string, url: string): void {
  const output = execFileSync(process.execPath, ["queues.ts", name, url], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const theirs = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as Figures;
  say(name, theirs);
  const ratios = [ours.oneByOne / theirs.oneByOne, ours.inBulk / theirs.inBulk, theirs.aloneMs / ours.aloneMs];
  console.log(`queues: Baton is ${ratios.map((ratio) => ratio.toFixed(1)).join(", ")} times as fast as ${name}`);
}

function say(name: string, { oneByOne, inBulk, aloneMs }: Figures): void {
  console.log(`queues: ${name}: ${oneByOne.toFixed(0)} jobs/s one by one, ${inBulk.toFixed(0)} in bulk, alone ${aloneMs.toFixed(2)} ms`);
}

async function onRedis(measure: (url: string) => void): Promise<void> {
  const port = await freePort();
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
  const redis = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  redis.on("error", () => console.log("queues: bullmq needs Redis, which is not installed"));
  const started = await Promise.race([once(redis.stdout, "data").then(() => true), once(redis, "error").then(() => false)]);
  if (!started) return;
  measure(`redis://127.0.0.1:${port}`);
  redis.kill();
  await once(redis, "exit");
}
