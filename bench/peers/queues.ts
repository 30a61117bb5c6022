// No-op jobs on other job queues, each with a real store: a producer and a worker in this process, a hundred at a time.
// Usage: queues.ts bullmq REDIS-URL | pg-boss POSTGRES-URL | graphile-worker POSTGRES-URL. Prints one line of JSON:
// { oneByOne, inBulk, aloneMs }: jobs per second, and the median from submission to the worker at one job at a time.
import { Queue, Worker } from "bullmq";
import { PgBoss } from "pg-boss";
import { makeWorkerUtils, run } from "graphile-worker";

/** What is asked of a queue; every job that it takes must come to `done`. */
interface Peer {
  readonly one: (n: number) => Promise<unknown>;
  readonly many: (numbers: readonly number[]) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

const jobs = 3_000;
const atATime = 100;
const bulkSize = 500;
const alone = 20;

let seen = 0;
let wake = (): void => undefined;

function done(): void {
  seen++;
  wake();
}

async function seenAll(count: number): Promise<void> {
  while (seen < count) await new Promise<void>((resolve) => (wake = resolve));
}

async function bullmq(url: string): Promise<Peer> {
  const { hostname: host, port } = new URL(url);
  const connection = { host, port: Number(port), maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection });
  const worker = new Worker("bench", async () => done(), { connection, concurrency: atATime });
  await worker.waitUntilReady();
  return {
    one: (n) => queue.add("noop", { n }),
    many: (numbers) => queue.addBulk(numbers.map((n) => ({ name: "noop", data: { n } }))),
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}

async function pgBoss(url: string): Promise<Peer> {
  const boss = new PgBoss({ connectionString: url, max: 16 });
  boss.on("error", (error: unknown) => console.error(error));
  await boss.start();
  await boss.createQueue("bench");
  await boss.work("bench", { batchSize: bulkSize, pollingIntervalSeconds: 0.5 }, async (batch) => batch.forEach(done));
  return {
    one: (n) => boss.send("bench", { n }),
    many: (numbers) =>
      boss.insert(
        "bench",
        numbers.map((n) => ({ data: { n } })),
      ),
    close: () => boss.stop(),
  };
}

async function graphileWorker(url: string): Promise<Peer> {
  const utils = await makeWorkerUtils({ connectionString: url });
  await utils.migrate();
  const preset = { worker: { connectionString: url, concurrentJobs: atATime, maxPoolSize: 16, pollInterval: 500 } };
  const runner = await run({ preset, taskList: { noop: done }, noHandleSignals: true });
  return {
    one: (n) => utils.addJob("noop", { n }),
    many: (numbers) => utils.addJobs(numbers.map((n) => ({ identifier: "noop", payload: { n } }))),
    close: async () => {
      await runner.stop();
      await utils.release();
    },
  };
}

const peers: { readonly [name: string]: (url: string) => Promise<Peer> } = { bullmq, "pg-boss": pgBoss, "graphile-worker": graphileWorker };
const [name = "", url = ""] = process.argv.slice(2);
const open = peers[name];
if (open === undefined) throw new Error(`There are ${Object.keys(peers).join(", ")}.`);
const peer = await open(url);
const rate = async (work: () => Promise<void>): Promise<number> => {
  const [before, started] = [seen, performance.now()];
  await work();
  await seenAll(before + jobs);
  return jobs / ((performance.now() - started) / 1_000);
};
let next = 0;
const lane = async (until: number): Promise<void> => {
  while (next < until) await peer.one(next++);
};
await peer.one(-1);
await seenAll(1);
const oneByOne = await rate(async () => {
  const until = next + jobs;
  await Promise.all(Array.from({ length: atATime }, () => lane(until)));
});
const inBulk = await rate(async () => {
  for (let from = 0; from < jobs; from += bulkSize) await peer.many(Array.from({ length: bulkSize }, (_, i) => from + i));
});
const waits: number[] = [];
for (let i = 0; i < alone; i++) {
  const [before, started] = [seen, performance.now()];
  await peer.one(i);
  await seenAll(before + 1);
  waits.push(performance.now() - started);
}
const aloneMs = waits.sort((a, b) => a - b)[alone / 2];
console.log(JSON.stringify({ oneByOne, inBulk, aloneMs }));
await peer.close();
process.exit(0);
