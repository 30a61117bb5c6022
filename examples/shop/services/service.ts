// What the shop's services share: an HTTP server on a free port of this machine that speaks JSON, prints one
// line per request for the demo to show, and answers a repeated Idempotency-Key as it did the first time.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request as a route sees it: the last path segment, and the parsed body. */
export interface Call {
  readonly id: string;
  readonly body: { readonly [key: string]: unknown };
}

/** Routes by "METHOD /collection" (the whole collection) or "METHOD /collection/:id" (one of it). */
export type Routes = { readonly [route: string]: (call: Call) => Answer | Promise<Answer> };

/** Serves the routes until the process is ended; the first line printed is the address. */
export function serve(name: string, routes: Routes): void {
  const answered = new Map<string, Answer>();
  const server = createServer((request, response) => {
    void handle(request).then(({ answer, note }) => {
      console.log(`${request.method} ${request.url} -> ${answer.status}${note}`);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  const handle = async (request: IncomingMessage): Promise<{ answer: Answer; note: string }> => {
    const key = request.headers["idempotency-key"];
    const before = typeof key === "string" ? answered.get(key) : undefined;
    if (before) return { answer: before, note: " (repeated: answered as before)" };
    const answer = await route(request);
    // A failure is not kept: asking again is how the caller recovers from it.
    if (typeof key === "string" && answer.status < 500) answered.set(key, answer);
    return { answer, note: "" };
  };
  const route = async (request: IncomingMessage): Promise<Answer> => {
    const [, collection, id] = (request.url ?? "/").split("/");
    const run = routes[`${request.method} /${collection}${id === undefined ? "" : "/:id"}`];
    if (!run) return { status: 404, body: { error: `${name} has no ${request.method} ${request.url}` } };
    const text = await bodyOf(request);
    return run({ id: decodeURIComponent(id ?? ""), body: text === "" ? {} : (JSON.parse(text) as Call["body"]) });
  };
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.on("disconnect", () => process.exit());
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
