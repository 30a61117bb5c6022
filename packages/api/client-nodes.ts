// The client's calls about nodes.
import type { Call } from "./client-wire.ts";
import type { NewNodeToken, Node, NodeToken, NodeVerb } from "./node-resources.ts";
import type { OperationId } from "./routes.ts";

/** Sends a call; undefined where the answer has no body. */
export type Send = <Answer>(operation: OperationId, call: Call) => Promise<Answer>;

/** Nodes, and the tokens that they join with. */
export class NodesClient {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** All nodes, by name. */
  async list(): Promise<readonly Node[]> {
    return (await this.#send<{ readonly items: readonly Node[] }>("listNodes", {})).items;
  }

  get(name: string): Promise<Node> {
    return this.#send("getNode", { path: { name } });
  }

  /** Drains, cordons or uncordons a node; answers the node after it. */
  command(name: string, verb: NodeVerb): Promise<Node> {
    return this.#send(`${verb}Node`, { path: { name } });
  }

  /** Forgets a node that is lost. */
  remove(name: string): Promise<void> {
    return this.#send("deleteNode", { path: { name } });
  }

  /** Makes a token for joining. */
  createToken(request: { readonly expiresIn?: string; readonly note?: string } = {}): Promise<NewNodeToken> {
    return this.#send("createNodeToken", { body: { type: "application/json", text: JSON.stringify(request) } });
  }

  async listTokens(): Promise<readonly NodeToken[]> {
    return (await this.#send<{ readonly items: readonly NodeToken[] }>("listNodeTokens", {})).items;
  }

  deleteToken(id: string): Promise<void> {
    return this.#send("deleteNodeToken", { path: { id } });
  }
}
