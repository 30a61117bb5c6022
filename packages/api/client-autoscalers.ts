// The client's calls about autoscalers.
import type { Json } from "@baton/core";
import type { Autoscaler, ScaleDecision } from "./autoscaler-resources.ts";
import type { Send } from "./client-nodes.ts";
import { jsonBody } from "./client-wire.ts";

/** Autoscalers, over the API. */
export class AutoscalersClient {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** All of them, with what they decided last. */
  async list(): Promise<readonly Autoscaler[]> {
    return (await this.#send<{ readonly items: readonly Autoscaler[] }>("listAutoscalers", {})).items;
  }

  get(name: string): Promise<Autoscaler> {
    return this.#send("getAutoscaler", { path: { name } });
  }

  /** What autoscalers would decide now; nothing changes. */
  async plan(objects: readonly Json[]): Promise<readonly { readonly name: string; readonly decision: ScaleDecision }[]> {
    type Plan = { readonly items: readonly { readonly name: string; readonly decision: ScaleDecision }[] };
    return (await this.#send<Plan>("planAutoscalers", { body: jsonBody({ objects }) })).items;
  }

  /** What it scaled stays as it is. */
  async delete(name: string): Promise<void> {
    await this.#send("deleteAutoscaler", { path: { name } });
  }
}
