// A node without executors of ours: a worker that runs one function, and writes down each call of it.
//
// Run as a program: worker.ts URL. Ends in order when its standard input ends.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineFunction, startWorker } from "@baton/sdk";
import { functionName } from "./orders.ts";

interface Call {
  readonly n: number;
  readonly file: string;
  readonly pauseMs: number;
}

const double = defineFunction(functionName, {}, async (input, { job, attempt }) => {
  const { n, file, pauseMs } = input as unknown as Call;
  const note = (what: string): void => appendFileSync(file, `${what} ${job} ${attempt} ${Date.now()}000000\n`);
  note("start");
  await sleep(pauseMs);
  note("end");
  return { value: 2 * n, attempt };
});

const [url = ""] = process.argv.slice(2);
const worker = startWorker({ url, functions: [double], id: "chaos-worker", concurrency: 4, reconnectMs: 50 });
process.stdin.resume().on("end", () => void worker.close(0));
