// What flows publish on its way to those who wait here and to sinks that fail.
import { expect, test } from "vitest";
import type { CloudEvent } from "@baton/engine";
import { openMemoryStore, type Store } from "@baton/storage";
import { settle } from "../testing/manual-clock.ts";
import type { EventSink } from "./port.ts";
import { Publisher } from "./publisher.ts";

const tenant = "acme";
const ids = (events: readonly CloudEvent[]): readonly string[] => events.map(({ id }) => id);

/** A store in which a run has published these. */
async function storeWith(...events: readonly string[]): Promise<Store> {
  const store = openMemoryStore();
  const published = events.map((id) => JSON.stringify({ specversion: "1.0", id, source: "/flow", type: "told" }));
  const summary = { status: "running" } as never;
  await store.commit([{ tenant, runId: "run_a", expectedVersion: 0, envelopes: ["[]"], summary, published }]);
  return store;
}

interface Opened {
  readonly publisher: Publisher;
  readonly received: string[];
  readonly waiting: (() => void)[];
  readonly logged: string[];
}

function open(store: Store, sinks: readonly EventSink[]): Opened {
  const [received, waiting, logged]: [string[], (() => void)[], string[]] = [[], [], []];
  const publisher = new Publisher({
    store,
    sinks,
    receive: async (_, { id }, position) => {
      received.push(id);
      const names = sinks.map(({ name }) => name);
      await store.acceptEvents([], [position], names);
    },
    again: (_tries, callback) => waiting.push(callback),
    log: ({ message }) => logged.push(message),
  });
  return { publisher, received, waiting, logged };
}

test("a sink that fails holds up itself alone, and gets all in order once it takes them", async () => {
  const store = await storeWith("a", "b");
  const taken: string[] = [];
  const late: string[] = [];
  let fails = true;
  const good: EventSink = { name: "good", publish: async (_, events) => void taken.push(...ids(events)) };
  const bad: EventSink = {
    name: "bad",
    publish: async (_, events) => {
      if (fails) throw new Error("no");
      late.push(...ids(events));
    },
  };
  const { publisher, received, waiting, logged } = open(store, [bad, good]);
  publisher.start();
  await settle();
  expect([received, taken, late]).toEqual([["a", "b"], ["a", "b"], []]);
  expect(logged).toEqual(["Published events could not be passed on to bad; they are kept, and tried again."]);
  fails = false;
  for (const again of waiting.splice(0)) again();
  await settle();
  expect(late).toEqual(["a", "b"]);
  await publisher.stop();
});

test("what a sink has not taken is not received again after a stop", async () => {
  const store = await storeWith("a");
  const bad: EventSink = { name: "sink", publish: () => Promise.reject(new Error("no")) };
  const first = open(store, [bad]);
  first.publisher.start();
  await settle();
  await first.publisher.stop();
  const taken: string[] = [];
  const second = open(store, [{ name: "sink", publish: async (_, events) => void taken.push(...ids(events)) }]);
  second.publisher.start();
  await settle();
  expect([first.received, second.received, taken]).toEqual([["a"], [], ["a"]]);
  await second.publisher.stop();
});
