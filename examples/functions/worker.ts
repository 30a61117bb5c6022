// A worker: a program of your own that brings functions to a server. `node examples/functions/worker.ts` starts one more.
import { defineFunction, startWorker, type Worker } from "@baton/sdk";

interface Numbers {
  readonly numbers: number[];
}

const numbers = { type: "array", items: { type: "number" }, maxItems: 1_000 };

const squares = defineFunction<{ numbers: number[] }, number[]>(
  "squares",
  { input: { type: "object", properties: { numbers }, required: ["numbers"] }, output: numbers },
  ({ numbers: all }: Numbers, { log, signal }) => {
    log(`squaring ${all.length} numbers`);
    signal.throwIfAborted();
    return all.map((x) => x * x);
  },
);

/** Brings the functions to a server. */
export function startSquares(url: string): Worker {
  return startWorker({ url, functions: [squares], concurrency: 4 });
}

if (import.meta.main) {
  const worker = startSquares(process.env["BATON_SERVER"] ?? "http://127.0.0.1:7070");
  process.once("SIGTERM", () => void worker.close());
  process.once("SIGINT", () => void worker.close());
}
