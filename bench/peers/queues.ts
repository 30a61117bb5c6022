// No-op jobs on other job queues, each with a real store: a producer and a worker in this process, a hundred at a time.
// Usage: queues.ts bullmq REDIS-URL | pg-boss POSTGRES-URL | graphile-worker POSTGRES-URL. Prints one line of JSON:
// { oneByOne, inBulk, aloneMs }: jobs per second, the best of some rounds, and the median from submission to the worker at one job
// at a time. A job has ended when its end is stored. Each is set up for throughput, as its own documentation says.
import { Queue, Worker } from "bullmq";
import { setTimeout as delay } from "node:timers/promises";
import { PgBoss } from "pg-boss";
import { Logger, makeWorkerUtils, run } from "graphile-worker";

/** What is asked of a queue; every job that it takes must come to `done`. */
interface Peer {
  /** How many jobs there are whose ends are not stored. */
  readonly left: () => Promise<number>;
  readonly one: (n: number) => Promise<unknown>;
  readonly many: (numbers: readonly number[]) => Promise<unknown>;
  readonly close: () => Promise<unknown>;
}

const [jobs, rounds] = [6_000, 3];
const atATime = 100;
const bulkSize = 500;
const alone = 100;

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
  const worker = new Worker("bench", async () => undefined, { connection, concurrency: atATime });
  worker.on("completed", done);
  await worker.waitUntilReady();
  return {
    left: () => Promise.resolve(0),
    one: (n) => queue.add("noop", { n }),
    many: (numbers) => queue.addBulk(numbers.map((n) => ({ name: "noop", data: { n } }))),
    close: async () => {
      await worker.close();
      await queue.close();
    },
  };
}

async function pgBoss(url: string): Promise<Peer> {
  const boss = new PgBoss({ connectionString: url, max: 16, useListenNotify: true });
  boss.on("error", (error: unknown) => console.error(error));
  await boss.start();
  await boss.createQueue("bench", { notify: true });
  const polling = { pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
  await boss.work("bench", { batchSize: bulkSize, ...polling }, async (batch) => batch.forEach(done));
  return {
    left: async () => {
      const { rows } = await boss.getDb().executeSql("select count(*)::int as left from pgboss.job where state < 'completed'", []);
      return (rows as readonly { readonly left: number }[])[0]?.left ?? 0;
    },
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
  const logger = new Logger(() => () => undefined);
  const batches = { logger, localQueue: { size: bulkSize }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
  const preset = { worker: { connectionString: url, concurrentJobs: atATime, maxPoolSize: 16, pollInterval: 500, ...batches } };
  const runner = await run({ preset, taskList: { noop: done }, noHandleSignals: true });
  return {
    left: async () => {
      const counted = (client: { readonly query: (text: string) => Promise<unknown> }): Promise<unknown> =>
        client.query("select count(*)::int as left from graphile_worker._private_jobs");
      return ((await utils.withPgClient(counted)) as { readonly rows: readonly { readonly left: number }[] }).rows[0]?.left ?? 0;
    },
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
  let shortest = Infinity;
  for (let round = 0; round < rounds; round++) {
    const [before, started] = [seen, performance.now()];
    await work();
    await seenAll(before + jobs);
    while ((await peer.left()) > 0) await delay(2);
    shortest = Math.min(shortest, performance.now() - started);
  }
  return jobs / (shortest / 1_000);
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
