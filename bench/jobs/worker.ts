// A worker for the measurements: one function that does nothing. It ends with its standard input.
import { defineFunction, startWorker } from "../../packages/sdk/index.ts";

const [url = "", places = "100"] = process.argv.slice(2);
const noop = defineFunction("noop", {}, (input) => input);
const worker = startWorker({ url, functions: [noop], concurrency: Number(places) });
await worker.ready;
process.stdout.write("ready\n");
process.stdin.on("data", () => undefined);
process.stdin.on("end", () => void worker.close(1000).then(() => process.exit(0)));
