// A link to a server that is made again when it breaks. What is sent in one turn of the event loop goes out as one frame.
import { streamPath, streamSilenceMs, type ClientMessage, type ServerMessage } from "@baton/api";
import type { Millis } from "@baton/core";

/** Where the server is, and how to be let in. */
export interface LinkOptions {
  readonly url: string;
  readonly token?: string;
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

  /** Sends a message with the others of this turn; what is sent while there is no connection is dropped. */
  send(message: ClientMessage): void {
    if (!this.isOpen) return;
    this.#outgoing.push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Sends what is left, and makes no connection any more. */
  close(): void {
    this.#flush();
    this.#closed = true;
    clearInterval(this.#watch);
    this.#socket?.close(1000);
  }

  #flush(): void {
    this.#scheduled = false;
    const messages = this.#outgoing;
    if (messages.length === 0 || !this.isOpen) return;
    this.#outgoing = [];
    this.#socket?.send(JSON.stringify(messages));
  }

  #connect(): void {
    const { url, token } = this.#options;
    const address = url.replace(/^http/, "ws").replace(/\/+$/, "") + streamPath;
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    // Headers are an addition of Node's own to what browsers have.
    const socket = new WebSocket(address, { headers });
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.addEventListener("open", () => {
      this.#tries = 0;
      this.#listener.opened();
    });
    socket.addEventListener("message", ({ data }: { readonly data: unknown }) => {
      this.#heardAt = Date.now();
      for (const message of JSON.parse(String(data)) as ServerMessage[]) this.#listener.message(message);
    });
    // An error is followed by a close.
    socket.addEventListener("close", () => this.#broken(socket));
  }

  #broken(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#outgoing = [];
    this.#listener.broken();
    if (this.#closed) return;
    const { reconnectMs = defaultReconnectMs } = this.#options;
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
