// Events as they come in and go from flow to flow, on a whole server.
import { maxWaitMs } from "@baton/api";
import type { JsonObject } from "@baton/core";
import { expect } from "vitest";
import { result, run, theServer, waiting } from "../peers.ts";
import { dsl, reference } from "../section.ts";

const json = "application/json";
let last = 0;

/** A type of event that no other check uses. */
const newType = (): string => `com.test.exchange-${++last}.v1`;
const eventOf = (type: string, data: JsonObject[string]): JsonObject => ({
  specversion: "1.0",
  id: `x${++last}`,
  source: "/test",
  type,
  data,
});
const listening = (type: string): string => `do: [l: { listen: { to: { one: { with: { type: ${type} } } } } }]`;

/** What a flow gets that listens to one event, which is sent so. */
async function heard(
  send: (type: string) => { readonly headers: { readonly [name: string]: string }; readonly body: string },
): Promise<unknown> {
  const server = await theServer();
  const type = newType();
  const { headers, body } = send(type);
  const { status } = await server.send({ method: "POST", path: "/v1/events", headers, body });
  expect(status).toBeLessThan(300);
  return result(listening(type));
}

const typed = (type: string): string => `{ with: { type: ${type} } }`;

/** The outputs of the runs that these events start, in the order of their starting. */
async function startedBy(on: string, events: readonly JsonObject[], count: number, more = ""): Promise<unknown[]> {
  const { client } = await theServer();
  const name = `triggered-${++last}`;
  const document = `document: { dsl: 1.0.3, namespace: default, name: ${name}, version: 1.0.0 }`;
  await client.applyFlow(`${document}\nschedule: { on: ${on}${more} }\ndo: [a: { set: { got: '\${ $workflow.input }' } }]`);
  for (const event of events) await client.sendEvents([event]);
  for (;;) {
    const { items } = await client.listRuns({ flow: name });
    if (items.length >= count && items.every(({ status }) => status === "completed")) {
      const runs = await Promise.all(items.map(({ id }) => client.getRun(id)));
      return runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1)).map(({ output }) => (output as { got: unknown }).got);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const exchangeSections = [
  reference("Schedule", {
    "`on` starts a run when the events that it describes have come": async () => {
      const type = newType();
      expect(await startedBy(`{ one: ${typed(type)} }`, [eventOf(newType(), 0), eventOf(type, 1)], 1)).toEqual([[1]]);
    },
    "`read: envelope` gives events with their attributes": async () => {
      const type = newType();
      const event = eventOf(type, 1);
      expect(await startedBy(`{ one: ${typed(type)} }`, [event], 1, ", read: envelope")).toMatchObject([[event]]);
    },
    "`read: raw` gives their data as they came": async () => {
      const type = newType();
      expect(await startedBy(`{ one: ${typed(type)} }`, [eventOf(type, { n: 1 })], 1, ", read: raw")).toEqual([['{"n":1}']]);
    },
  }),
  dsl("Input of event-driven scheduled workflows", {
    "the input is an array of the events that started the run": async () => {
      const [a, b] = [newType(), newType()];
      expect(await startedBy(`{ all: [${typed(a)}, ${typed(b)}] }`, [eventOf(b, 2), eventOf(a, 1)], 1)).toEqual([[2, 1]]);
    },
    "each event of a kind that is awaited starts a run of its own": async () => {
      const [a, b] = [newType(), newType()];
      const got = await startedBy(`{ any: [${typed(a)}, ${typed(b)}] }`, [eventOf(a, 1), eventOf(b, 2)], 2);
      expect(new Set(got.map((input) => JSON.stringify(input)))).toEqual(new Set(["[1]", "[2]"]));
    },
  }),
  dsl("Events", {
    "events come as CloudEvents over HTTP, in structured mode": async () => {
      const send = (type: string) => ({
        headers: { "content-type": "application/cloudevents+json" },
        body: JSON.stringify(eventOf(type, { n: 1 })),
      });
      expect(await heard(send)).toEqual([{ n: 1 }]);
    },
    "in binary mode": async () => {
      const attributes = (type: string) => ({ "ce-specversion": "1.0", "ce-id": `x${++last}`, "ce-source": "/test", "ce-type": type });
      expect(await heard((type) => ({ headers: { "content-type": json, ...attributes(type) }, body: '{"n":2}' }))).toEqual([{ n: 2 }]);
    },
    "and several at once": async () => {
      const batch = (type: string) => JSON.stringify([eventOf(newType(), null), eventOf(type, { n: 3 })]);
      expect(await heard((type) => ({ headers: { "content-type": "application/cloudevents-batch+json" }, body: batch(type) }))).toEqual([
        { n: 3 },
      ]);
    },
    "what is no CloudEvent is refused": async () => {
      const server = await theServer();
      const { specversion: _, ...event } = eventOf(newType(), 1);
      const headers = { "content-type": "application/cloudevents+json" };
      const { status } = await server.send({ method: "POST", path: "/v1/events", headers, body: JSON.stringify(event) });
      expect(status).toBeGreaterThanOrEqual(400);
    },
  }),
  dsl("Emitting Events", {
    "what one flow emits reaches another that listens": async () => {
      const type = newType();
      const listener = result(listening(type));
      await run(`do: [e: { emit: { event: { with: { type: ${type}, data: { from: '\${ .who }' } } } } }]`, { who: "a flow" });
      expect(await listener).toEqual([{ from: "a flow" }]);
    },
    "all that listen get it": async () => {
      const type = newType();
      const listeners = [await waiting(listening(type)), await waiting(listening(type))];
      await run(`do: [e: { emit: { event: { with: { type: ${type}, data: 1 } } } }]`);
      const { client } = await theServer();
      for (const id of listeners)
        expect(await client.getRun(id, { waitMs: maxWaitMs })).toMatchObject({ status: "completed", output: [1] });
    },
  }),
  dsl("Listening for Events", {
    "an event that comes before its listener is kept for it": async () => {
      const { client } = await theServer();
      const type = newType();
      await client.sendEvents([eventOf(type, "early")]);
      expect(await result(listening(type))).toEqual(["early"]);
    },
    "the same event, sent twice, is one": async () => {
      const { client } = await theServer();
      const type = newType();
      const event = eventOf(type, 1);
      await client.sendEvents([event]);
      await client.sendEvents([event, eventOf(type, 2)]);
      const flow = `do: [l: { listen: { to: { any: [{ with: { type: ${type} } }], until: 'length == 2' } } }]`;
      expect(await result(flow)).toEqual([1, 2]);
    },
  }),
];
