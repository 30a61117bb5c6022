// Servers for tests, on free ports of this machine.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server got. */
export interface Received {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Servers that are stopped together. */
export class Servers {
  readonly #open: Server[] = [];

  /** Serves; gives the address. */
  async serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    this.#open.push(server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Serves with the whole request at hand. */
  answering(answer: (request: Received, response: ServerResponse) => void): Promise<string> {
    const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
      answer({ line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(chunks).toString() }, response);
    };
    return this.serve((request, response) => void handle(request, response));
  }

  stop(): void {
    for (const server of this.#open.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }
}
