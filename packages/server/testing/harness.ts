// A server for tests: on a free port, in memory unless a folder is given, with its log in a list.
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { BatonClient } from "@baton/api";
import type { Json } from "@baton/core";
import { startServer, type LogRecord, type RunningServer, type ServerOptions } from "../index.ts";

/** A server under test. */
export interface TestServer extends RunningServer {
  readonly client: BatonClient;
  readonly logged: readonly LogRecord[];
  /** Sends a request exactly as given. */
  send(request: RawRequest): Promise<RawAnswer>;
}

/** A request whose headers are sent as they are. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
}

/** An answer as it came; `json` is the body where it is JSON. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Json;
}

/** Starts one; close it when the test is over. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const logged: LogRecord[] = [];
  const server = await startServer({ port: 0, log: (record) => logged.push(record), logLevel: "debug", ...options });
  const token = options.token === undefined ? {} : { token: options.token };
  const client = new BatonClient({ url: server.url, reconnectMs: 20, ...token });
  return { ...server, client, logged, send: (request) => send(server.url, request) };
}

function send(url: string, { method = "GET", path, headers = {}, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = /json(;|$)/.test(response.headers["content-type"] ?? "");
        const json = isJson && text !== "" ? (JSON.parse(text) as Json) : null;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The text of a flow. */
export function flow(name: string, tasks: string, more: { version?: string; namespace?: string } = {}): string {
  const { version = "1.0.0", namespace = "default" } = more;
  return `document: { dsl: '1.0.3', namespace: ${namespace}, name: ${name}, version: '${version}' }\ndo:\n${tasks}\n`;
}
