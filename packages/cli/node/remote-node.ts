// A node of a server somewhere else: its agent, joined to the server by a stream that is made again whenever it breaks. What runs
// goes on meanwhile; after each new connection the node says what it holds. It may have nothing to say: then it is silent, so that the
// server finds it suspect and then lost, until it has.
import type { Instant, Millis } from "@baton/core";
import type { NodeLoad, Problem, ServerMessage } from "@baton/api";
import type { NodeAgent, NodeHello, NodeWelcome, Report } from "@baton/executors";
import { ServerLink } from "@baton/sdk";

/** What a node is made of. */
export interface RemoteNodeOptions {
  readonly url: string;
  /** What lets it in; asked before each connection. */
  readonly credential: () => string | undefined;
  /** What it says of itself; undefined while it has nothing to say. `changed` makes it say so again. */
  readonly hello: () => Omit<NodeHello, "holds" | "clock"> | undefined;
  readonly agent: NodeAgent;
  /** How busy it is; undefined: it is not heard of itself. */
  readonly load: () => NodeLoad | undefined;
  readonly now: () => Instant;
  readonly reconnectMs?: Millis;
  readonly listener: RemoteNodeListener;
}

/** Told of how it goes. */
export interface RemoteNodeListener {
  readonly joined: () => void;
  /** The server does not let it in; it tries again where that may help. */
  readonly refused: (problem: Problem) => void;
  /** Nobody answers; it tries again. */
  readonly unreachable: () => void;
  /** It was joined, and the link broke. */
  readonly broken: () => void;
}

/** Output is thrown away while so much waits to be sent; the gap shows where it was. */
const maxWaitingBytes = 64 * 1024 * 1024;

/** Reports of one message together; more are sent as several. */
const reportsTogether = 500;

/** A node that is joined, or tries to. */
export class RemoteNode {
  readonly #options: RemoteNodeOptions;
  readonly #link: ServerLink;
  #beat: NodeJS.Timeout | undefined;
  #state: "apart" | "joining" | "joined" = "apart";
  /** What it said of itself last. */
  #told = "";
  #leaving = false;
  #leaseMs: Millis = 0;

  constructor(options: RemoteNodeOptions) {
    this.#options = options;
    const { url, credential, reconnectMs, listener } = options;
    const timing = reconnectMs === undefined ? {} : { reconnectMs };
    this.#link = new ServerLink(
      { url, token: credential, program: "baton node join", ...timing },
      {
        opened: () => this.#join(),
        message: (message) => this.#take(message),
        broken: () => this.#broken(),
        refused: listener.refused,
        unreachable: listener.unreachable,
      },
    );
  }

  /** It is something else than it said last, or has something to say again. */
  changed(): void {
    if (!this.#link.isOpen) return;
    if (this.#state === "apart") return this.#join();
    const hello = this.#options.hello();
    if (this.#state === "joining" || hello === undefined || JSON.stringify(hello) === this.#told) return;
    this.#told = JSON.stringify(hello);
    this.#link.send({ type: "update", hello });
  }

  /** How long the server waits for it; 0: it was never joined. */
  get leaseMs(): Millis {
    return this.#leaseMs;
  }

  /** It wants no more jobs; those that it has go on. */
  leave(): void {
    this.#leaving = true;
    this.#link.send({ type: "drain" });
  }

  /** Breaks the link; what runs is its agent's. */
  close(): void {
    clearInterval(this.#beat);
    this.#state = "apart";
    this.#link.close();
  }

  #join(): void {
    const { agent, now } = this.#options;
    const hello = this.#options.hello();
    if (hello === undefined) return;
    this.#state = "joining";
    this.#told = JSON.stringify(hello);
    this.#link.send({ type: "join", hello: { ...hello, holds: agent.holds, clock: now(), ...(this.#leaving && { leaving: true }) } });
  }

  #take(message: ServerMessage): void {
    const { agent, listener } = this.#options;
    switch (message.type) {
      case "welcome":
        return this.#welcome(message.welcome);
      case "orders":
        return agent.take(message.orders);
      case "failed":
        return listener.refused(message.problem);
      default:
        return;
    }
  }

  #welcome({ heartbeatMs, leaseMs }: NodeWelcome): void {
    const { agent, load, now, listener } = this.#options;
    this.#state = "joined";
    this.#leaseMs = leaseMs;
    const beat = (): void => {
      const told = load();
      if (told !== undefined) this.#link.send({ type: "heartbeat", load: told, clock: now() });
    };
    clearInterval(this.#beat);
    this.#beat = setInterval(beat, heartbeatMs);
    beat();
    agent.connect((reports) => this.#report(reports));
    this.changed();
    listener.joined();
  }

  #report(reports: readonly Report[]): void {
    const isBehind = this.#link.waitingBytes > maxWaitingBytes;
    const kept = isBehind ? reports.filter(({ type }) => type !== "output") : reports;
    for (let from = 0; from < kept.length; from += reportsTogether)
      this.#link.send({ type: "reports", reports: kept.slice(from, from + reportsTogether) });
  }

  #broken(): void {
    clearInterval(this.#beat);
    this.#options.agent.disconnect();
    const wasJoined = this.#state === "joined";
    this.#state = "apart";
    if (wasJoined) this.#options.listener.broken();
  }
}
