// What the shop's services share: an HTTP server on a free port of this machine that speaks JSON, tells whoever
// started it about every request, and answers a repeated Idempotency-Key as it did the first time.
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

/** What a service tells about itself, as messages to the process that started it. */
export type Report =
  | { readonly type: "listening"; readonly url: string }
  | {
      readonly type: "answered";
      readonly request: string;
      readonly status: number;
      readonly key: string;
      /** The key had been seen before, and so had the answer. */
      readonly repeated: boolean;
      readonly receivedAt: number;
    };

/** Serves the routes until the process that started it is gone. */
export function serve(name: string, routes: Routes): void {
  const answers = new Map<string, Promise<Answer>>();
  const report = (message: Report): void => void process.send?.(message);
  const server = createServer((request, response) => {
    const receivedAt = Date.now();
    const key = String(request.headers["idempotency-key"] ?? "");
    const before = answers.get(key);
    const answer = before ?? route(request);
    if (key !== "") answers.set(key, answer);
    void answer.then(({ status, body }) => {
      // A failure is not kept: asking again is how the caller recovers from it.
      if (status >= 500) answers.delete(key);
      report({ type: "answered", request: `${request.method} ${request.url}`, status, key, repeated: before !== undefined, receivedAt });
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  const route = async (request: IncomingMessage): Promise<Answer> => {
    const [, collection, id] = (request.url ?? "/").split("/");
    const run = routes[`${request.method} /${collection}${id === undefined ? "" : "/:id"}`];
    if (!run) return { status: 404, body: { error: `${name} has no ${request.method} ${request.url}` } };
    const text = await bodyOf(request);
    return run({ id: decodeURIComponent(id ?? ""), body: text === "" ? {} : (JSON.parse(text) as Call["body"]) });
  };
  server.listen(0, "127.0.0.1", () => report({ type: "listening", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
  process.on("disconnect", () => process.exit());
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
