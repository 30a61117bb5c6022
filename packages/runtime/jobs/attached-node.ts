// A node that is not this machine and is spoken for by this process: a node of a Kubernetes cluster. It says itself what it is, and
// as often as that changes; while it is not heard of, it is silent here too, so that it becomes suspect and then lost like any other.
import { BatonError } from "@baton/core";
import type { AttachedLink, NodeAgent, NodeLoad, PoolNode } from "@baton/executors";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import type { Jobs, NodeSession } from "./jobs.ts";

/** What such a node is attached to. */
export interface AttachedNodeParts {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
}

/** A node of somebody else's. */
export class AttachedNode implements AttachedLink {
  readonly #jobs: Jobs;
  readonly #clock: Clock;
  readonly #agent: NodeAgent;
  readonly #log: AttachedNodeParts["log"];
  #said: PoolNode;
  /** What the server knows of it. */
  #told = "";
  #session: NodeSession | null = null;
  /** Why it was not let in last; said once. */
  #refused = "";
  #cancelBeat: () => void = () => undefined;
  #running = true;

  /** Attaches a node: it goes on with what its agent has found there. */
  constructor({ jobs, clock, log }: AttachedNodeParts, said: PoolNode, agent: NodeAgent) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#log = log;
    this.#agent = agent;
    this.#said = said;
    this.say(said);
  }

  /** What it is from now on. */
  say(said: PoolNode): void {
    this.#said = said;
    if (!this.#running || !said.isReady) return;
    if (this.#session === null) this.#join();
    // Its load changes with each pod; for the scheduler only what it is counts.
    else if (this.#told !== JSON.stringify(said.hello)) this.#tell(this.#session);
  }

  /** It wants no more jobs. */
  drain(): void {
    this.#session?.leave();
  }

  /** It is gone; it may come again. */
  leave(): void {
    this.#said = { ...this.#said, isReady: false };
    this.#session?.close();
    this.#cut();
  }

  /** Reports nothing more; what runs is its agent's. */
  close(): Promise<void> {
    this.#running = false;
    this.#cancelBeat();
    this.#agent.disconnect();
    return Promise.resolve();
  }

  #tell(session: NodeSession): void {
    this.#told = JSON.stringify(this.#said.hello);
    session.update(this.#said.hello);
  }

  #join(): void {
    this.#cancelBeat();
    const session = this.#joined();
    if (session === null) return this.#cut();
    this.#session = session;
    this.#told = JSON.stringify(this.#said.hello);
    this.#agent.connect((reports) => session.reports(reports));
    this.#beat();
  }

  /** Null where it is not let in: another node has its name. */
  #joined(): NodeSession | null {
    const hello = { ...this.#said.hello, holds: this.#agent.holds };
    try {
      const session = this.#jobs.join(
        hello,
        (orders) => this.#agent.take(orders),
        () => {
          if (this.#session === session) this.#cut();
        },
      );
      return session;
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      if (error.message !== this.#refused)
        this.#log({ level: "warning", message: `${hello.id} is not let in: ${error.message} (${error.code})` });
      this.#refused = error.message;
      return null;
    }
  }

  /** The server has given it up, or it left: it joins again when it is heard of. */
  #cut(): void {
    this.#session = null;
    this.#cancelBeat();
    this.#agent.disconnect();
    this.#cancelBeat = this.#clock.after(rejoinMs, () => this.say(this.#said));
  }

  #beat(): void {
    const session = this.#session;
    if (session === null) return;
    const load: NodeLoad = { ...this.#said.load, running: this.#agent.running };
    if (this.#said.isReady) session.heartbeat(load);
    this.#cancelBeat = this.#clock.after(session.welcome.heartbeatMs, () => this.#beat());
  }
}

/** How soon a node that was given up is tried again, should it be heard of. */
const rejoinMs = 1_000;
