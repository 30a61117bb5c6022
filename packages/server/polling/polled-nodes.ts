// Nodes that poll: what a stream does for others, in requests of plain HTTP. A node joins and gets a session; by it it asks for
// orders, reports, and says that it is there.
//
// Orders are numbered. Each poll names the last number that the node has: what lies behind it is told, again if need be, so an
// answer that gets lost on its way loses no order.
import { randomBytes } from "node:crypto";
import type { Millis } from "@baton/core";
import type { NodeWelcome, Order } from "@baton/executors";
import { runtimeError, type JoinRequest, type Jobs, type NodeCaller, type NodeSession } from "@baton/runtime";

/** What a poll is answered with. */
export interface PolledOrders {
  readonly orders: readonly Order[];
  /** The number of the last of them: to be named in the next poll. */
  readonly last: number;
}

/** A node's session. */
export class PolledNode {
  readonly name: string;
  node: NodeSession | null = null;
  /** Orders that the node has not confirmed, the last of which has the number `#last`. */
  #orders: Order[] = [];
  #last = 0;
  #wake: () => void = () => undefined;

  constructor(name: string) {
    this.name = name;
  }

  push(orders: readonly Order[]): void {
    this.#orders.push(...orders);
    this.#last += orders.length;
    this.#wake();
  }

  /** What was ordered behind that number; where there is nothing, once there is, or the time is over. A later poll ends this one. */
  async poll(after: number, waitMs: Millis, signal: () => AbortSignal): Promise<PolledOrders> {
    this.#wake();
    this.#confirm(after);
    if (this.#orders.length === 0 && waitMs > 0) await this.#change(waitMs, signal());
    return { orders: [...this.#orders], last: this.#last };
  }

  #confirm(after: number): void {
    const open = Math.min(Math.max(0, this.#last - after), this.#orders.length);
    this.#orders = open === 0 ? [] : this.#orders.slice(-open);
  }

  #change(waitMs: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", over);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(over, waitMs);
      signal.addEventListener("abort", over);
      this.#wake = over;
    });
  }
}

/** All sessions of a server. */
export class PolledNodes {
  readonly #jobs: Jobs;
  readonly #sessions = new Map<string, PolledNode>();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  /** A node comes. Its former session, where it had one, ends. */
  async join(request: JoinRequest, caller: NodeCaller | null): Promise<NodeWelcome & { readonly session: string }> {
    const session = randomBytes(16).toString("hex");
    const polled = new PolledNode(request.hello.id);
    const cut = (): void => {
      this.#sessions.delete(session);
      polled.push([]);
    };
    this.#sessions.set(session, polled);
    try {
      polled.node = await this.#jobs.admit(request, caller, { send: (orders) => polled.push(orders), cut });
      return { session, ...polled.node.welcome };
    } catch (error) {
      this.#sessions.delete(session);
      throw error;
    }
  }

  /** A node wants no more jobs; where it has none, its session ends. */
  leave(session: string, name: string): void {
    const polled = this.get(session, name);
    polled.node.leave();
    if ((this.#jobs.nodes.get(name)?.jobs.size ?? 0) > 0) return;
    polled.node.close();
    this.#sessions.delete(session);
    // Whoever polls at this moment has nothing to wait for.
    polled.push([]);
  }

  /** The session of a node; throws where it is over: the node has to join again. */
  get(session: string, name: string): PolledNode & { readonly node: NodeSession } {
    const polled = this.#sessions.get(session);
    if (polled === undefined || polled.node === null || polled.name !== name)
      throw runtimeError("node-session-ended", { message: `The node ${name} has no session of this name.`, where: name });
    return polled as PolledNode & { readonly node: NodeSession };
  }
}
