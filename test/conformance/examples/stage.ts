// Runs documents that were written for services on the internet: a server of ours on one side, a stand-in for all the services
// on the other, real HTTP between them. The stand-in sees `https://host/path` as `/host/path`, and keeps what it was asked.
import type { Json, JsonObject } from "@baton/core";
import { maxWaitMs, type RunView } from "@baton/api";
import { Servers, type Received } from "../../../packages/executors/testing/servers.ts";
import { startTestServer, type TestServer } from "../../../packages/server/testing/harness.ts";

/** What the stand-in answers: a status, a text with its type, or a value as JSON; `{origin}` is its own address. */
export type Reply =
  | { readonly status: number }
  | { readonly text: string; readonly type: string; readonly status?: number }
  | { readonly json: Json };

/** What surrounds a document, and what must come of it. */
export interface Scenario {
  /** Why the document faults as it is written. */
  readonly note?: string;
  readonly input?: Json;
  /** By method and address; of several replies each is given once, the last one for good. What is not named is answered with null. */
  readonly replies?: { readonly [line: string]: Reply | readonly Reply[] };
  /** What the services must have been asked, in order: method, address and body. */
  readonly asked?: readonly string[];
  /** What the run view must hold; a run that shall not end is looked at when the services were asked all that they must be. */
  readonly run: object;
  /** The run shall go on for ever. */
  readonly stays?: boolean;
  /** Events that start the run; absent: it is started by hand. */
  readonly triggers?: readonly JsonObject[];
  /** Events that come after the start, in this order; what an event lacks is given. */
  readonly events?: readonly JsonObject[];
  /** Texts that are replaced in the document, so that it ends soon or can run at all. */
  readonly edits?: { readonly [text: string]: string };
  /** Other flows that must be there. */
  readonly others?: readonly string[];
  readonly secrets?: { readonly [name: string]: string };
}

/** What became of it. */
export interface Performance {
  readonly run: RunView;
  readonly asked: readonly string[];
}

/** A JSON reply. */
export const json = (value: Json): Reply => ({ json: value });

/** A server and the stand-in. */
export class Stage {
  readonly #servers = new Servers();
  readonly #asked: string[] = [];
  #replies = new Map<string, Reply[]>();
  #baton: TestServer | undefined;

  /** Registers the document and runs it to its end. */
  async perform(document: string, scenario: Scenario): Promise<Performance> {
    const baton = await startTestServer({ secrets: scenario.secrets ?? {} });
    this.#baton = baton;
    this.#replies = new Map(Object.entries(scenario.replies ?? {}).map(([line, replies]) => [line, [replies].flat()]));
    const origin = await this.#servers.answering((request, response) => {
      const reply = this.#answer(request);
      const body = "text" in reply ? reply.text : JSON.stringify("json" in reply ? reply.json : null);
      const headers = { "content-type": "text" in reply ? reply.type : "application/json" };
      response.writeHead("status" in reply ? (reply.status ?? 200) : 200, headers).end(body.replaceAll("{origin}", origin));
    });
    for (const other of scenario.others ?? []) await baton.client.applyFlow(other);
    const { namespace, name } = await baton.client.applyFlow(staged(edited(document, scenario.edits), origin));
    const id = await started(baton, { namespace, name }, scenario);
    for (const [i, event] of (scenario.events ?? []).entries()) await baton.client.sendEvents([eventOf(i, event)]);
    const run = scenario.stays === true ? await this.#settled(baton, id, scenario) : await baton.client.getRun(id, { waitMs: maxWaitMs });
    return { run, asked: this.#asked };
  }

  /** The run when it waits again and the services were asked all that they must be. */
  async #settled(baton: TestServer, id: string, { asked = [] }: Scenario): Promise<RunView> {
    for (;;) {
      const run = await baton.client.getRun(id);
      if (this.#asked.length >= asked.length && run.status !== "running") return run;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    await this.#baton?.close();
    this.#servers.stop();
  }

  #answer({ line, body }: Received): Reply {
    const replies = this.#replies.get(line) ?? [];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (reply === undefined || !("text" in reply) || "status" in reply) this.#asked.push(body === "" ? line : `${line} ${body}`);
    return reply ?? { json: null };
  }
}

/** Starts the run, by hand or by events. */
async function started(
  { client }: TestServer,
  flow: { readonly namespace: string; readonly name: string },
  scenario: Scenario,
): Promise<string> {
  const { triggers, input = {} } = scenario;
  if (triggers === undefined) return (await client.startRun(flow, input)).id;
  await client.sendEvents(triggers.map((event, i) => eventOf(i, { source: "/trigger", ...event })));
  for (;;) {
    const [run] = (await client.listRuns({ flow: flow.name })).items;
    if (run !== undefined) return run.id;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function eventOf(i: number, event: JsonObject): JsonObject {
  return { specversion: "1.0", id: String(i), source: "/hospital", type: "event", ...event };
}

function edited(document: string, edits: Scenario["edits"] = {}): string {
  let text = document;
  for (const [before, after] of Object.entries(edits)) {
    if (!text.includes(before)) throw new Error(`the document does not hold ${before}`);
    text = text.replaceAll(before, after);
  }
  return text;
}

/** The document with its services at the stand-in. Types and sources are names, not addresses. */
function staged(document: string, origin: string): string {
  const lines = document.split("\n");
  return lines.map((line) => (/\b(?:type|source): /.test(line) ? line : line.replaceAll(/https?:\/\/(?=\w)/g, `${origin}/`))).join("\n");
}
