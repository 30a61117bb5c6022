// The node of a process that is no server, `baton run --local`: opened when the first job needs one, for most flows never.
import type { LocalNode } from "@baton/runtime";
import { openLocalNode } from "./local-node.ts";
import type { OpenRuntime, RuntimeSetup } from "./options.ts";

/** A node on demand. */
export class EmbeddedNode {
  readonly #parts: Pick<OpenRuntime, "jobs" | "store">;
  readonly #setup: RuntimeSetup;
  #opening: Promise<LocalNode> | undefined;

  constructor(parts: Pick<OpenRuntime, "jobs" | "store">, setup: RuntimeSetup) {
    this.#parts = parts;
    this.#setup = setup;
  }

  /** Resolves when the node is there. */
  async open(): Promise<void> {
    this.#opening ??= this.#open();
    await this.#opening;
  }

  /** Lets go of it, if it was ever needed. */
  async close(): Promise<void> {
    await (await this.#opening?.catch(() => undefined))?.close();
  }

  async #open(): Promise<LocalNode> {
    await this.#parts.jobs.recover();
    return openLocalNode(this.#parts, this.#setup);
  }
}
