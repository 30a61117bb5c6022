// The two backends: a server, spoken to over its API, and a runtime in this process that keeps nothing.
import { BatonClient, type FlowSummary, type Page } from "@baton/api";
import type { Backend } from "./backend.ts";
import { serverAddress, serverToken, type GlobalOptions } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";

const defaultAddress = "http://127.0.0.1:7070";
const pageSize = 200;

/** The server that is configured, or the one that `baton up` starts when nothing is said. */
export function connect(options: GlobalOptions): Backend {
  const url = serverAddress(options) ?? defaultAddress;
  if (!URL.canParse(url))
    throw new CommandFailure(exitCodes.usage, `"${url}" is not an address`, { next: `write it like ${defaultAddress}` });
  const token = serverToken(options);
  const client = new BatonClient({ url, ...(token !== undefined && { token }) });
  return {
    applyFlow: (source) => client.applyFlow(source),
    listFlows: () => allPages((pageToken) => client.listFlows({ pageSize, ...pageToken })),
    readFlow: (flow) => client.getFlow(flow),
    startRun: (flow, input, idempotencyKey) => client.startRun(flow, input, idempotencyKey === undefined ? {} : { idempotencyKey }),
    readRun: (id) => client.getRun(id),
    listRuns: async ({ limit, ...filter }) => (await client.listRuns({ pageSize: limit, ...filter })).items,
    watchRun: (id, signal) => client.watchRun(id, { signal }),
    controlRun: async (id, verb) => void (await client.commandRun(id, verb)),
    close: async () => {},
  };
}

async function allPages(read: (pageToken: { pageToken?: string }) => Promise<Page<FlowSummary>>): Promise<FlowSummary[]> {
  const items: FlowSummary[] = [];
  let token: string | null = null;
  do {
    const page: Page<FlowSummary> = await read(token === null ? {} : { pageToken: token });
    items.push(...page.items);
    token = page.nextPageToken;
  } while (token !== null);
  return items;
}

/** A runtime in this process, with a store in memory. Loaded only when it is needed. */
export async function openLocal(): Promise<Backend> {
  const { openLocalBackend } = await import("./local.ts");
  return openLocalBackend();
}
