// A service that squares numbers: GET /square?number=7 answers {"square":49}.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Starts the service on a free port of this machine; resolves with its address. */
export function startSquareService(): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const number = Number(searchParams.get("number") ?? Number.NaN);
    const [status, body] =
      pathname !== "/square"
        ? [404, { error: "only /square is here" }]
        : Number.isNaN(number)
          ? [400, { error: "number must be a number" }]
          : [200, { square: number * number }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }));
  });
}
