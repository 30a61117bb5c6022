// The client's calls about queues and the policy.
import type { JsonObject } from "@baton/core";
import type { Send } from "./client-nodes.ts";
import type { Queue } from "./queue-resources.ts";

/** Queues, and the policy in force. */
export class QueuesClient {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** All queues with what is in them. */
  async list(): Promise<readonly Queue[]> {
    return (await this.#send<{ readonly items: readonly Queue[] }>("listQueues", {})).items;
  }

  /** One queue. */
  get(name: string): Promise<Queue> {
    return this.#send("getQueue", { path: { name } });
  }

  /** Removes a queue that nothing is in. */
  async delete(name: string): Promise<void> {
    await this.#send("deleteQueue", { path: { name } });
  }

  /** The policy in force. */
  policy(): Promise<JsonObject> {
    return this.#send("getPolicy", {});
  }
}
