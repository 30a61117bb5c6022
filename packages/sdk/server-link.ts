// A link to a server that is made again when it breaks. What is sent in one turn of the event loop goes out as one frame.
import { readProblem, streamPath, streamSilenceMs, type ClientMessage, type Problem, type ServerMessage } from "@baton/api";
import type { Millis } from "@baton/core";
import { framesOf } from "./frames.ts";

/** Where the server is, and how to be let in. */
export interface LinkOptions {
  readonly url: string;
  /** Asked before each connection where it may change. */
  readonly token?: string | (() => string | undefined);
  /** What the program calls itself. */
  readonly program?: string;
  /** How long a broken link waits before it is made again; it waits longer each time, up to ten times as long. */
  readonly reconnectMs?: Millis;
}

/** Who is told of what comes over a link. */
export interface LinkListener {
  /** A connection is there, the first one or another. */
  readonly opened: () => void;
  readonly message: (message: ServerMessage) => void;
  /** The connection broke; another one is on its way. */
  readonly broken: () => void;
  /** The server answers, and does not let this side in. It is asked again and again. */
  readonly refused?: (problem: Problem) => void;
  /** Nobody answers there. It is tried again and again. */
  readonly unreachable?: () => void;
}

const defaultReconnectMs = 500;

/** A link, up or being made. */
export class ServerLink {
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  #socket: WebSocket | null = null;
  #outgoing: ClientMessage[] = [];
  #scheduled = false;
  #closed = false;
  #tries = 0;
  #heardAt = 0;
  /** It was let in, and not sent away again. */
  #isTaken = false;
  readonly #watch: NodeJS.Timeout;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#connect();
    this.#watch = setInterval(() => this.#checkSilence(), streamSilenceMs / 3);
  }

  /** True while there is a connection. */
  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** What was sent and has not left this process, in bytes. */
  get waitingBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Sends a message with the others of this turn; what is sent while there is no connection is dropped. */
  send(message: ClientMessage): void {
    if (!this.isOpen) return;
    this.#outgoing.push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Sends what there is without waiting for the turn to end. */
  flush(): void {
    this.#scheduled = false;
    const messages = this.#outgoing;
    if (messages.length === 0 || !this.isOpen) return;
    this.#outgoing = [];
    for (const frame of framesOf(messages)) this.#socket?.send(frame);
  }

  /** Sends what is left, and makes no connection any more. */
  close(): void {
    this.flush();
    this.#closed = true;
    clearInterval(this.#watch);
    this.#socket?.close(1000);
  }

  #connect(): void {
    const headers = this.#headers();
    const address = this.#address().replace(/^http/, "ws");
    // Headers are an addition of Node's own to what browsers have.
    const socket = new WebSocket(address, { headers });
    this.#socket = socket;
    this.#heardAt = Date.now();
    let opened = false;
    socket.addEventListener("open", () => {
      opened = true;
      this.#isTaken = true;
      this.#listener.opened();
    });
    socket.addEventListener("message", ({ data }: { readonly data: unknown }) => {
      this.#heardAt = Date.now();
      for (const message of JSON.parse(String(data)) as ServerMessage[]) {
        if (message.type === "failed") this.#isTaken = false;
        this.#listener.message(message);
      }
    });
    // An error is followed by a close.
    socket.addEventListener("close", () => {
      if (!opened && this.#socket === socket) void this.#askWhy(headers);
      this.#broken(socket);
    });
  }

  #address(): string {
    return this.#options.url.replace(/\/+$/, "") + streamPath;
  }

  #headers(): { readonly [header: string]: string } {
    const { token, program = "baton sdk" } = this.#options;
    const shown = typeof token === "function" ? token() : token;
    return { "user-agent": program, ...(shown !== undefined && { authorization: `Bearer ${shown}` }) };
  }

  /** A WebSocket that is refused does not say why; the same address, asked plainly, does. */
  async #askWhy(headers: { readonly [header: string]: string }): Promise<void> {
    const { refused, unreachable } = this.#listener;
    if (refused === undefined && unreachable === undefined) return;
    try {
      const response = await fetch(this.#address(), { headers, signal: AbortSignal.timeout(streamSilenceMs) });
      const problem = readProblem(await response.json());
      if (problem !== undefined && problem.code !== "route-unknown" && !this.#closed) refused?.(problem);
    } catch {
      // Nobody is there, or nobody that speaks this language.
      if (!this.#closed) unreachable?.();
    }
  }

  #broken(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#outgoing = [];
    this.#listener.broken();
    if (this.#closed) return;
    const { reconnectMs = defaultReconnectMs } = this.#options;
    if (this.#isTaken) this.#tries = 0;
    this.#isTaken = false;
    const waitMs = reconnectMs * Math.min(10, 2 ** this.#tries++);
    setTimeout(() => {
      if (!this.#closed) this.#connect();
    }, waitMs);
  }

  /** A server that is gone without a word is found out by its silence: it says something now and then. */
  #checkSilence(): void {
    const socket = this.#socket;
    if (socket === null || Date.now() - this.#heardAt < streamSilenceMs) return;
    socket.close();
    this.#broken(socket);
  }
}
