// The process that is killed: a runtime on SQLite that calls over real HTTP, and takes orders over real HTTP.
//
// Run as a program: victim.ts FOLDER SERVICE LIFE. Prints its address when it has taken up what was under way, and ends
// in order when its standard input ends.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { compileWorkflow } from "@baton/dsl";
import { createHttpExecutor, type Executor } from "@baton/executors";
import { createRuntime, type LogRecord, type Runtime, type StartedRun } from "@baton/runtime";
import { openSqliteStore } from "@baton/storage";
import { flowTexts, inputOf } from "./flows.ts";
import { lifeHeader } from "./service.ts";

/** The tenant of all orders. */
export const tenant = "chaos";

async function startOrder(runtime: Runtime, request: IncomingMessage): Promise<StartedRun> {
  const { n } = (await json(request)) as { n: number };
  const workflow = { namespace: "chaos", name: "order" };
  return runtime.startRun({ tenant, workflow, input: inputOf(n), idempotencyKey: `order-${n}`, fingerprint: String(n) });
}

/** Calls over HTTP, and says in each call which life of this program makes it. */
function marked(life: string): Executor {
  const http = createHttpExecutor();
  return {
    kinds: ["http"],
    perform: (work, context) =>
      http.perform(work.kind === "http" ? { ...work, headers: { ...work.headers, [lifeHeader]: life } } : work, context),
    close: () => http.close(),
  };
}

async function serve(folder: string, service: string, life: string): Promise<void> {
  const store = await openSqliteStore({ folder });
  const log = (record: LogRecord): void => {
    if (record.level !== "info") console.error(record.message, record.error ?? "");
  };
  const runtime = createRuntime({ store, executors: [marked(life)], compile: compileWorkflow, log });
  for (const text of flowTexts(service)) {
    const registered = await runtime.registerFlow(tenant, text);
    if (!registered.ok) throw new Error(JSON.stringify(registered.diagnostics));
  }
  await runtime.recover();
  const server = createServer((request, response) => {
    startOrder(runtime, request).then(
      (started) => response.end(JSON.stringify(started)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.stdin.resume().on("end", () => {
    server.closeAllConnections();
    void runtime.close().then(() => store.close());
    server.close();
  });
}

if (import.meta.main) await serve(process.argv[2] ?? "", process.argv[3] ?? "", process.argv[4] ?? "");
