// `npm run example:functions -- 3 4`: a flow calls a function that no worker has yet; it waits, and says for what; then one comes.
import { fileURLToPath } from "node:url";
import { readFileSync } from "node:fs";
import { BatonClient, type Job } from "@baton/api";
import { startServer } from "@baton/server";
import { startSquares } from "./worker.ts";

const numbers = process.argv.slice(2).map(Number);
if (numbers.some(Number.isNaN)) {
  console.error("write numbers, such as: npm run example:functions -- 3 4");
  process.exit(2);
}
const server = await startServer({ port: 0, logLevel: "error", localNode: false });
const client = new BatonClient({ url: server.url });
const { warnings } = await client.applyFlow(readFileSync(fileURLToPath(new URL("squares.yaml", import.meta.url)), "utf8"));
for (const { detail } of warnings) console.log(`warning: ${detail}`);
const { id } = await client.startRun({ name: "sum-of-squares" }, { numbers: numbers.length === 0 ? [3, 4] : numbers });
const job = await waitingJob();
console.log(`${job.id} is ${job.status} (${job.reason}): ${(await client.explainJob(job.id)).summary}`);
const worker = startSquares(server.url);
await worker.ready;
console.log(`the worker ${worker.id} is there`);
const { output } = await client.getRun(id, { waitMs: 30_000 });
console.log(`the sum of their squares is ${(output as { sum: number }).sum}`);
await worker.close();
await server.close();

/** The job of the run's step, once it waits. */
async function waitingJob(): Promise<Job> {
  for (;;) {
    const { items } = await client.listJobs({});
    const found = items.find(({ origin, reason }) => origin?.runId === id && reason !== null);
    if (found !== undefined) return found;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
