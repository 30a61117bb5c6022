// The two backends: a server, spoken to over its API, and a runtime in this process that keeps nothing.
import { BatonClient, type Page } from "@baton/api";
import type { Backend } from "./backend.ts";
import type { LocalSetup } from "./local.ts";
import { serverAddress, serverToken, type GlobalOptions } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";

/** Where `baton up` listens when nothing is said. */
export const defaultAddress = "http://127.0.0.1:7070";
const pageSize = 200;

/** A client of the server that is configured, or of the one that `baton up` starts when nothing is said. */
export function clientOf(options: GlobalOptions): BatonClient {
  const url = serverAddress(options) ?? defaultAddress;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new CommandFailure(exitCodes.usage, `"${url}" is not an address`, { next: `write it like ${defaultAddress}` });
  const token = serverToken(options);
  const { program } = options;
  return new BatonClient({ url, ...(token !== undefined && { token }), ...(program !== undefined && { program }) });
}

/** The server that is configured, as a backend. */
export function connect(options: GlobalOptions): Backend {
  const client = clientOf(options);
  return {
    applyFlow: (source) => client.applyFlow(source),
    listFlows: () => allPages((pageToken) => client.listFlows({ pageSize, ...pageToken })),
    readFlow: (flow) => client.getFlow(flow),
    startRun: (flow, input, idempotencyKey) => client.startRun(flow, input, idempotencyKey === undefined ? {} : { idempotencyKey }),
    readRun: (id) => client.getRun(id),
    listRuns: ({ limit, ...filter }) =>
      allPages((pageToken, found) => client.listRuns({ pageSize: Math.min(limit - found, pageSize), ...filter, ...pageToken }), limit),
    watchRun: (id, signal) => client.watchRun(id, { signal }),
    controlRun: (id, verb) => client.commandRun(id, verb),
    close: async () => {},
  };
}

/** What all pages hold, or as many of it as are wanted; `read` is told how many were found so far. */
export async function allPages<Item>(
  read: (pageToken: { pageToken?: string }, found: number) => Promise<Page<Item>>,
  wanted = Number.POSITIVE_INFINITY,
): Promise<Item[]> {
  const items: Item[] = [];
  let token: string | null = null;
  do {
    const page: Page<Item> = await read(token === null ? {} : { pageToken: token }, items.length);
    items.push(...page.items);
    token = page.nextPageToken;
  } while (token !== null && items.length < wanted);
  return items;
}

/** A runtime in this process, with a store in memory. Loaded only when it is needed. */
export async function openLocal(setup: LocalSetup = {}): Promise<Backend> {
  const { openLocalBackend } = await import("./local.ts");
  return openLocalBackend(setup);
}
