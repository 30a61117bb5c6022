// The thread that owns the database: answers one request after the other, in the order of asking.
import { parentPort, workerData } from "node:worker_threads";
import { defined } from "@baton/core";
import { openDatabase } from "./database.ts";
import { toStorageError } from "./failure.ts";
import { toWire, type Request, type Response, type SqliteOptions, type SyncStore } from "./protocol.ts";

const port = defined(parentPort, "a parent thread");
const options = workerData as SqliteOptions;

function attempt(action: () => unknown): Response {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    return { ok: false, error: toWire(toStorageError(error, options.folder)) };
  }
}

function answer(database: SyncStore, { verb, args }: Request): unknown {
  return (database[verb] as (...args: readonly unknown[]) => unknown)(...args);
}

let database: SyncStore | undefined;
const opened = attempt(() => {
  database = openDatabase(options);
});
port.postMessage(opened);
port.on("message", (request: Request) => {
  if (database) {
    const open = database;
    port.postMessage(attempt(() => answer(open, request)));
  }
  if (request.verb === "close") port.close();
});
if (!opened.ok) port.close();
