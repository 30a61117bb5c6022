// An instance of a deployed package: brings the functions that its entry exports to the server, until it is told to end.
// Run as `node package-program.ts CONNECTION ENTRY`. The connection is a file, since it holds the server's token, and since the server may come
// back at another address; the package finds `@baton/sdk` without having it.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { Millis } from "@baton/core";
import type { PackageConnection as Connection } from "@baton/executors";
import type { FunctionDefinition } from "./function.ts";
import { startWorker, type Worker } from "./worker.ts";

/** How often the connection is looked at. */
const lookMs: Millis = 2_000;

const [connectionFile = "", entry = ""] = process.argv.slice(2);
const sdk = import.meta.resolve("./index.ts");
registerHooks({
  resolve: (specifier, context, next) => (specifier === "@baton/sdk" ? { url: sdk, shortCircuit: true } : next(specifier, context)),
});

const functions = definitionsIn((await import(pathToFileURL(entry).href)) as { readonly [name: string]: unknown });
if (functions.length === 0) {
  console.error(`${entry} exports no function: export what defineFunction() gives`);
  process.exit(1);
}
let connection = readConnection();
let worker = start(connection);
const looking = setInterval(() => void follow(), lookMs);
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void leave());

function start({ url, token }: Connection): Worker {
  const {
    BATON_DEPLOYMENT: deployment = "",
    BATON_REPLICA: replica = "",
    BATON_JOB: job = "",
    BATON_CONCURRENCY: concurrency,
  } = process.env;
  return startWorker({
    url,
    functions,
    id: `${deployment}-${replica}-${job.slice(-6)}`.toLowerCase(),
    labels: { deployment, replica },
    concurrency: Number(concurrency ?? 1),
    ...(token !== undefined && { token }),
  });
}

/** A server that has come back elsewhere is followed; what ran for the former address is done with. */
async function follow(): Promise<void> {
  const now = readConnection();
  if (now.url === connection.url && now.token === connection.token) return;
  connection = now;
  const former = worker;
  worker = start(now);
  await former.close(0);
}

async function leave(): Promise<void> {
  clearInterval(looking);
  await worker.close();
  process.exit(0);
}

function readConnection(): Connection {
  return JSON.parse(readFileSync(connectionFile, "utf8")) as Connection;
}

/** Everything that is exported and was made by `defineFunction`, also in lists. */
function definitionsIn(module: { readonly [name: string]: unknown }): FunctionDefinition[] {
  return Object.values(module)
    .flat()
    .filter((value): value is FunctionDefinition => isDefinition(value));
}

function isDefinition(value: unknown): boolean {
  return typeof value === "object" && value !== null && "contract" in value && "run" in value && typeof value.run === "function";
}
