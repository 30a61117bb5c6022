// Ports for programs that tests start and that have to be told theirs: below those that deployments give to their replicas, and
// those that kernels give to whoever connects or asks for any. So nobody gets one by chance before its program has it, or while
// that is away.
import { createServer } from "node:net";

const firstPort = 10_000;
const ports = 10_000;

/** A port that nobody has, and that nobody gets by chance. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * ports);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
