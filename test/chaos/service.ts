// The world outside: a service in a process of its own that is never killed. It writes down every call before it
// answers, with the id of the work it was called for, so that it can be compared with the runs' histories.
//
// Run as a program: service.ts JOURNAL. Prints its address, and answers until its standard input ends.
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** One call, as it was written down. */
export interface JournalEntry {
  readonly workId: string;
  readonly path: string;
  /** Which of the processes that were started one after the other made it, from 0. */
  readonly life: number;
}

interface Body {
  readonly a: number;
  readonly b?: number;
  readonly key?: string;
  readonly failures?: number;
}

/** Carries the number of the process that calls. */
export const lifeHeader = "x-life";

const slowestAnswerMs = 15;
const failed = new Map<string, number>();

function answer(path: string, { a, b = 0, key = "", failures = 0 }: Body): { status: number; value: number } {
  if (path === "/double") return { status: 200, value: 2 * a };
  if (path === "/add") return { status: 200, value: a + b };
  const before = failed.get(key) ?? 0;
  failed.set(key, before + 1);
  return before < failures ? { status: 503, value: 0 } : { status: 200, value: a + 3 };
}

function serve(journal: string): void {
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const workId = String(request.headers["idempotency-key"]);
    const entry: JournalEntry = { workId, path, life: Number(request.headers[lifeHeader]) };
    appendFileSync(journal, `${JSON.stringify(entry)}\n`);
    void text(request).then((body) => {
      const { status, value } = answer(path, JSON.parse(body) as Body);
      setTimeout(() => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ value }));
      }, Math.random() * slowestAnswerMs);
    });
  });
  server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.stdin.resume().on("end", () => process.exit(0));
}

if (import.meta.main) serve(process.argv[2] ?? "");
