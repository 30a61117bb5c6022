// The Docker Engine API over its Unix socket: https://docs.docker.com/reference/api/engine/. Docker and Podman both speak it.
// Paths carry no version: engines differ in the oldest one that they take, and what is used here has long been stable.
import { existsSync } from "node:fs";
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { Json } from "@baton/core";
import { engineSilenceMs, maxEngineAnswerBytes } from "../limits.ts";

/** What the engine refused, with the HTTP status and its own words. */
export class EngineRefusal extends Error {
  override readonly name = "EngineRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Query parameters; those that are undefined are left out. */
type Query = { readonly [name: string]: string | number | boolean | undefined };

interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly query?: Query;
  readonly body?: Json;
  readonly signal?: AbortSignal;
  readonly headers?: { readonly [name: string]: string };
}

/** Where engines listen, the first one that is there first. */
export function findEngineSocket(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const host = env["DOCKER_HOST"];
  if (host?.startsWith("unix://")) return host.slice("unix://".length);
  const runtime = env["XDG_RUNTIME_DIR"];
  const own = runtime === undefined ? [] : [join(runtime, "docker.sock"), join(runtime, "podman", "podman.sock")];
  return ["/var/run/docker.sock", ...own, "/run/podman/podman.sock"].find((path) => existsSync(path));
}

/** One engine. */
export class EngineClient {
  readonly socketPath: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Asks, and gives the answer read as JSON; null where there is none. Throws an EngineRefusal. */
  async ask(call: Call): Promise<Json> {
    const { signal = call.method === "GET" ? AbortSignal.timeout(engineSilenceMs) : undefined } = call;
    const response = await this.open({ ...call, ...(signal && { signal }) });
    const answer = await bodyOf(response);
    return answer.trim() === "" ? null : (JSON.parse(answer) as Json);
  }

  /** Asks, and gives the answer as a stream; for the ones that go on. Throws an EngineRefusal. */
  async open(call: Call): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = this.#request(call);
      outgoing.once("response", resolve);
      outgoing.once("error", reject);
    });
    if ((response.statusCode ?? 500) < 300 || response.statusCode === 304) return response;
    throw new EngineRefusal(response.statusCode ?? 500, messageOf(await bodyOf(response)));
  }

  /** Turns the connection of a request into one to the container itself. */
  hijack(call: Call): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#request({ ...call, headers: { connection: "Upgrade", upgrade: "tcp" } });
      outgoing.once("upgrade", (_: IncomingMessage, socket: Socket, first: Buffer) => {
        if (first.length > 0) socket.unshift(first);
        resolve(socket);
      });
      outgoing.once("response", (response: IncomingMessage) => {
        response.resume();
        reject(new EngineRefusal(response.statusCode ?? 500, "The engine did not hand over the connection."));
      });
      outgoing.once("error", reject);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #request({ method, path, query = {}, body, signal, headers = {} }: Call): ClientRequest {
    const parameters = Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const search = parameters.length === 0 ? "" : `?${new URLSearchParams(parameters)}`;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const content = payload === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) };
    const outgoing = request({
      socketPath: this.socketPath,
      agent: this.#agent,
      method,
      path: path + search,
      headers: { host: "engine", ...content, ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.end(payload);
    return outgoing;
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxEngineAnswerBytes) response.destroy(new Error(`The engine's answer has more than ${maxEngineAnswerBytes} bytes.`));
  });
  return text(response);
}

/** Errors are { "message": "..." }; what is not is shown as it is. */
function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { readonly message?: unknown };
    return typeof parsed.message === "string" ? parsed.message.trim() : body;
  } catch {
    return body.trim();
  }
}
