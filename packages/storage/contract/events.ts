// What every store must do for events, those who wait for them, and those that are published.
import { deepEqual, equal } from "node:assert/strict";
import { eventPage, type AcceptedEvent, type EventKey, type NewEvent, type Subscription } from "../event-port.ts";
import type { Store } from "../port.ts";
import { start, step, tenant } from "./samples.ts";

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

const order = (value: string): EventKey => ({ path: ".data.order", value });

function event(id: string, changes: Partial<NewEvent> = {}): NewEvent {
  return { tenant, source: "/shop", id, type: "paid", receivedAt: 10, content: `{"id":"${id}"}`, keys: [], ...changes };
}

function wanted(changes: Partial<Subscription> = {}): Subscription {
  return { name: "s", type: "paid", source: null, key: null, early: true, ...changes };
}

/** Starts a run that waits. */
async function waiting(store: Store, runId: string, ...set: readonly Subscription[]): Promise<void> {
  deepEqual(await store.commit([start(runId, { events: [{ consumer: runId, set }] })]), ["committed"]);
}

async function given(store: Store, consumer: string): Promise<string[]> {
  return (await store.givenEvents(tenant, consumer, 1000)).map(({ content }) => (JSON.parse(content) as { id: string }).id);
}

const consumersOf = (accepted: readonly AcceptedEvent[]): readonly (readonly string[])[] => accepted.map(({ consumers }) => consumers);

/** Registers the tests. */
export function eventContract(on: Register): void {
  finding(on);
  earlier(on);
  settling(on);
  keeping(on);
}

function finding(on: Register): void {
  on("an event is given to those who wait for its type, source and key, of its tenant", async (store) => {
    await waiting(store, "type", wanted());
    await waiting(store, "source", wanted({ source: "/shop" }), wanted({ name: "t", source: "/other" }));
    await waiting(store, "key", wanted({ key: order("7") }));
    await waiting(store, "any", wanted({ type: null }));
    await waiting(store, "no", wanted({ type: "sent" }), wanted({ name: "t", key: order("8") }), wanted({ name: "u", source: "/else" }));
    const accepted = await store.acceptEvents([
      event("a", { keys: [order("7")] }),
      event("b", { source: "/other" }),
      event("c", { tenant: "other" }),
    ]);
    deepEqual(
      consumersOf(accepted).map((names) => [...names].sort()),
      [["any", "key", "source", "type"], ["any", "source", "type"], []],
    );
    deepEqual(await given(store, "source"), ["a", "b"]);
    deepEqual(await given(store, "key"), ["a"]);
    deepEqual(await given(store, "no"), []);
    deepEqual(await store.givenEvents("other", "type", 10), []);
    const { early: _early, ...keyed } = wanted({ key: order("7") });
    deepEqual(await store.readSubscriptions(tenant, "key"), [keyed]);
    deepEqual(await store.readSubscriptions("other", "key"), []);
    deepEqual(await store.eventConsumers(null, 2), [
      { tenant, consumer: "any" },
      { tenant, consumer: "key" },
    ]);
    deepEqual(await store.eventConsumers({ tenant, consumer: "source" }, 9), [{ tenant, consumer: "type" }]);
  });

  on("the same source and id is the same event", async (store) => {
    await waiting(store, "run_a", wanted());
    const [first] = await store.acceptEvents([event("a")]);
    const again = await store.acceptEvents([
      event("a", { content: "{}" }),
      event("a", { source: "/else" }),
      event("a", { tenant: "other" }),
    ]);
    deepEqual(
      again.map(({ isDuplicate }) => isDuplicate),
      [true, false, false],
    );
    deepEqual([again[0]?.event, again[0]?.consumers], [first?.event, []]);
    deepEqual(await given(store, "run_a"), ["a", "a"]);
  });

  on("a subscription of the same name is replaced, and one that is cleared finds nothing", async (store) => {
    await waiting(store, "run_a", wanted(), wanted({ name: "t", type: "sent" }));
    await store.commit([step("run_a", 1, { events: [{ consumer: "run_a", clear: ["t", "none"], set: [wanted({ type: "lost" })] }] })]);
    const accepted = await store.acceptEvents([event("a"), event("b", { type: "sent" }), event("c", { type: "lost" })]);
    deepEqual(consumersOf(accepted), [[], [], ["run_a"]]);
  });

  on("the paths that somebody waits with are known", async (store) => {
    await waiting(store, "run_a", wanted({ key: order("7") }), wanted({ name: "t", type: null, key: { path: ".subject", value: "x" } }));
    const paths = await store.eventPaths();
    deepEqual(
      [...paths].sort((a, b) => (a.path < b.path ? -1 : 1)),
      [
        { tenant, type: "paid", path: ".data.order" },
        { tenant, type: null, path: ".subject" },
      ],
    );
  });
}

function earlier(on: Register): void {
  on("who begins to wait gets what is there and nobody has taken, in its order, if wanted", async (store) => {
    await store.acceptEvents([event("a"), event("b", { type: "sent" }), event("c", { source: "/else" }), event("d", { tenant: "other" })]);
    await waiting(store, "run_a", wanted());
    await waiting(store, "run_b", wanted({ early: false }));
    await waiting(store, "run_c", wanted({ source: "/else" }));
    deepEqual([await given(store, "run_a"), await given(store, "run_b"), await given(store, "run_c")], [["a", "c"], [], ["c"]]);
  });

  on("a key that nobody waited with before finds the earlier events by their type, later ones by the key", async (store) => {
    await store.acceptEvents([event("a")]);
    await waiting(store, "run_a", wanted({ key: order("7") }));
    await store.acceptEvents([event("b", { keys: [order("7")] }), event("c", { keys: [order("8")] })]);
    deepEqual(await given(store, "run_a"), ["a", "b"]);
    await waiting(store, "run_b", wanted({ key: order("8") }));
    deepEqual(await given(store, "run_b"), ["a", "c"]);
  });

  on("many earlier events come by and by, and new ones after them", async (store) => {
    await store.acceptEvents(Array.from({ length: eventPage + 2 }, (_, i) => event(`e${i}`)));
    await waiting(store, "run_a", wanted());
    const first = await store.givenEvents(tenant, "run_a", 1000);
    equal(first.length, eventPage);
    deepEqual(consumersOf(await store.acceptEvents([event("new")])), [[]]);
    const settle = first.map(({ event: number }) => ({ event: number, consumed: true }));
    await store.commit([step("run_a", 1, { events: [{ consumer: "run_a", settle }] })]);
    deepEqual(await given(store, "run_a"), [`e${eventPage}`, `e${eventPage + 1}`, "new"]);
  });
}

function settling(on: Register): void {
  on("what is settled is given no more; what somebody has taken is not for who comes later", async (store) => {
    await waiting(store, "run_a", wanted());
    await waiting(store, "run_b", wanted());
    const [a, b] = await store.acceptEvents([event("a"), event("b")]);
    const settle = [
      { event: a?.event ?? 0, consumed: true },
      { event: b?.event ?? 0, consumed: false },
    ];
    deepEqual(await store.commit([step("run_a", 1, { events: [{ consumer: "run_a", settle }] })]), ["committed"]);
    deepEqual([await given(store, "run_a"), await given(store, "run_b")], [[], ["a", "b"]]);
    await waiting(store, "late", wanted());
    deepEqual(await given(store, "late"), ["b"]);
  });

  on("a commit that takes what is not given is refused, alone; one that passes it by is not", async (store) => {
    await waiting(store, "run_a", wanted());
    const [a] = await store.acceptEvents([event("a")]);
    const settle = [{ event: a?.event ?? 0, consumed: true }];
    const commits = [
      step("run_a", 1, { events: [{ consumer: "run_a", settle }] }),
      step("run_a", 2, { events: [{ consumer: "run_a", settle }] }),
    ];
    deepEqual(await store.commit(commits), ["committed", "conflict"]);
    deepEqual(await store.readHistory(tenant, "run_a"), ["run_a-1", "run_a-2"]);
    const passed = settle.map((one) => ({ ...one, consumed: false }));
    deepEqual(await store.commit([step("run_a", 2, { events: [{ consumer: "run_a", settle: passed }] })]), ["committed"]);
  });

  on("who waits for nothing any more has lost what was given", async (store) => {
    await waiting(store, "run_a", wanted());
    await store.acceptEvents([event("a")]);
    await store.commit([step("run_a", 1, { events: [{ consumer: "run_a", clear: ["s"] }] })]);
    deepEqual(await given(store, "run_a"), []);
    deepEqual(await store.eventConsumers(null, 10), []);
  });
}

function keeping(on: Register): void {
  on("events are listed, newest first, and read", async (store) => {
    const accepted = await store.acceptEvents([
      event("a"),
      event("b", { type: "sent", source: "/else" }),
      event("c"),
      event("d", { tenant: "other" }),
    ]);
    const [a, b, c] = accepted.map((one) => one.event);
    const { keys: _, ...kept } = event("a");
    deepEqual(await store.getEvent(tenant, a ?? 0), { ...kept, event: a, consumed: false });
    equal(await store.getEvent("other", a ?? 0), null);
    const numbers = async (query: object): Promise<number[]> =>
      (await store.listEvents({ tenant, limit: 9, ...query })).map((one) => one.event);
    deepEqual(await numbers({}), [c, b, a]);
    deepEqual(await numbers({ type: "paid" }), [c, a]);
    deepEqual(await numbers({ source: "/else" }), [b]);
    deepEqual(await numbers({ before: c, limit: 1 }), [b]);
  });

  on("old events are forgotten, with what they are known by, unless they are given to somebody", async (store) => {
    await waiting(store, "run_a", wanted());
    await store.acceptEvents([event("a"), event("b", { type: "sent", keys: [order("7")] }), event("c", { type: "sent", receivedAt: 20 })]);
    equal(await store.forgetEvents(10, 10), 0);
    equal(await store.forgetEvents(20, 10), 1);
    const left = await store.listEvents({ tenant, limit: 9 });
    deepEqual(
      left.map(({ id }) => id),
      ["c", "a"],
    );
    equal((await store.acceptEvents([event("b", { type: "sent" })]))[0]?.isDuplicate, false);
  });

  on("what is published stays until it is passed on", async (store) => {
    await store.commit([start("run_a", { published: ['{"id":"a"}', '{"id":"b"}'] }), step("run_a", 7, { published: ["{}"] })]);
    const published = await store.publishedEvents(0, 10);
    deepEqual(
      published.map(({ content }) => content),
      ['{"id":"a"}', '{"id":"b"}'],
    );
    deepEqual(await store.publishedEvents(published[0]?.position ?? 0, 10), published.slice(1));
    await store.acceptEvents([event("a")], [published[0]?.position ?? 0]);
    deepEqual(await store.publishedEvents(0, 10), published.slice(1));
    equal((await store.listEvents({ tenant, limit: 9 })).length, 1);
  });

  on("what is passed on to sinks stays for each until it has taken it", async (store) => {
    await store.commit([start("run_a", { published: ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}'] })]);
    const published = await store.publishedEvents(0, 10);
    const [a = 0, b = 0, c = 0] = published.map(({ position }) => position);
    await store.acceptEvents([], [b], ["one", "two"]);
    await store.acceptEvents([], [a, c], ["one", "two"]);
    deepEqual(await store.publishedEvents(0, 10), []);
    deepEqual([await store.sinkEvents("one", 2), await store.sinkEvents("two", 10)], [published.slice(0, 2), published]);
    await store.forgetSinkEvents("one", [a, b]);
    deepEqual([await store.sinkEvents("one", 10), await store.sinkEvents("two", 10)], [published.slice(2), published]);
    deepEqual(await store.sinkEvents("none", 10), []);
  });
}
