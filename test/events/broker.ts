// A broker for tests, a process of its own: it hands out each message until it is acknowledged, so one that was not comes again; and it
// takes published events, but for every fourth request, which it refuses.
//
// Run as a program: broker.ts COUNT holds so many orders to be handed out. Prints its address. It lives as long as its standard input.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What the broker has seen. */
export interface BrokerReport {
  /** Orders that are not acknowledged. */
  readonly left: number;
  /** How often an order was handed out. */
  readonly handedOut: number;
  /** The ids of the events that were published to it, each as often as it came. */
  readonly published: readonly string[];
  readonly refused: number;
}

const atATime = 10;

function brokerOf(count: number): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const orders = new Map<string, object>(Array.from({ length: count }, (_, n) => [`order-${n}`, orderOf(n)]));
  const published: string[] = [];
  let handedOut = 0;
  let requests = 0;
  let refused = 0;
  return async (request, response) => {
    switch (`${request.method} ${request.url}`) {
      case "GET /orders": {
        const some = [...orders.values()].slice(0, atATime);
        handedOut += some.length;
        return void response.end(JSON.stringify(some));
      }
      case "POST /acknowledged":
        for (const id of (await json(request)) as string[]) orders.delete(id);
        return void response.end();
      case "POST /published": {
        const events = (await json(request)) as { readonly id: string }[];
        if (++requests % 4 === 0) {
          refused++;
          return void response.writeHead(503).end();
        }
        published.push(...events.map(({ id }) => id));
        return void response.end();
      }
      default:
        return void response.end(JSON.stringify({ left: orders.size, handedOut, published, refused } satisfies BrokerReport));
    }
  };
}

function orderOf(n: number): object {
  return { specversion: "1.0", id: `order-${n}`, source: "/broker", type: "order.placed", data: { order: n } };
}

if (import.meta.main) {
  const answer = brokerOf(Number(process.argv[2]));
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.stdin.resume().on("end", () => process.exit(0));
}
