// Events: emitting them, listening to them, and how they are filtered and correlated.
import type { JsonObject } from "@baton/core";
import { expect } from "vitest";
import { runFlow } from "../run-flow.ts";
import { error, output, reference, refuses, standard } from "../section.ts";

const listening = (to: string, more = ""): string => `do: [l: { listen: { to: ${to} }${more} }]`;
const typed = (type: string, data: JsonObject[string] = null): JsonObject => ({ type, data });
const heard = (to: string, events: readonly JsonObject[], more = "") => output(listening(to, more), { events });
const untouched = (to: string, events: readonly JsonObject[], more = "") => runFlow(listening(to, more), { events }).run.status;
const emitting = (more: string, input = {}) =>
  runFlow(`do: [e: { emit: { event: { with: { type: com.test.v1${more} } } } }]`, { input }).published[0];

export const eventSections = [
  reference("Emit", {
    "an event is published with the attributes and data that are given, expressions evaluated": () =>
      expect(emitting(", source: https://pets.test, subject: s, data: { n: '${ .n }' }", { n: 101 })).toMatchObject({
        specversion: "1.0",
        type: "com.test.v1",
        source: "https://pets.test",
        subject: "s",
        data: { n: 101 },
      }),
    "the task's output is the event": () => {
      const flow = "do: [e: { emit: { event: { with: { type: com.test.v1, data: { n: 1 } } } } }]";
      expect(Object.keys(output(flow) as JsonObject).sort()).toEqual(["data", "id", "source", "specversion", "time", "type"]);
    },
  }),
  reference("Event Properties", {
    "an id is made where none is given": () => {
      const flow = "do: [a: { emit: { event: { with: { type: t } } } }, b: { emit: { event: { with: { type: t } } } }]";
      const [first, second] = runFlow(flow).published;
      expect(first?.id).not.toBe(second?.id);
    },
    "the source is made from the workflow where none is given": () => expect(emitting("")?.source).toBe("/test/conformance/1.0.0"),
    "what the author gives takes precedence": () =>
      expect(emitting(", id: mine, source: /here")).toMatchObject({ id: "mine", source: "/here" }),
    "a type is required for emitting": () => refuses("do: [e: { emit: { event: { with: { source: /s } } } }]", "missing-key"),
    "source, time and dataschema may be expressions": () =>
      expect(
        emitting(", source: '${ .s }', time: '${ .t }', dataschema: '${ .d }'", {
          s: "/s",
          t: "2026-01-02T03:04:05Z",
          d: "https://d.test",
        }),
      ).toMatchObject({ source: "/s", time: "2026-01-02T03:04:05Z", dataschema: "https://d.test" }),
    "further attributes can be given": () => expect(emitting(", tenant: acme")).toMatchObject({ tenant: "acme" }),
    "a filter needs at least one property": () => refuses(listening("{ one: { with: {} } }"), "invalid-value"),
    "an event that is none for CloudEvents is not published": () =>
      expect(error("do: [e: { emit: { event: { with: { type: t, time: '${ .x }' } } } }]", { input: { x: "noon" } })).toMatchObject({
        type: standard("validation"),
      }),
  }),
  reference("Listen", {
    "the run goes on when the awaited event has come": () => expect(heard("{ one: { with: { type: a } } }", [typed("a", 1)])).toEqual([1]),
    "the output is the array of the events, in their order": () =>
      expect(heard("{ all: [{ with: { type: a } }, { with: { type: b } }] }", [typed("b", 2), typed("a", 1)])).toEqual([2, 1]),
    "`read: data` gives their data, which is the default": () =>
      expect(output("do: [l: { listen: { to: { one: { with: { type: a } } }, read: data } }]", { events: [typed("a", { n: 1 })] })).toEqual(
        [{ n: 1 }],
      ),
    "`read: envelope` gives the events with their attributes": () =>
      expect(
        output("do: [l: { listen: { to: { one: { with: { type: a } } }, read: envelope } }]", {
          events: [{ ...typed("a", { n: 1 }), id: "i" }],
        }),
      ).toMatchObject([{ id: "i", type: "a", source: "/test", specversion: "1.0", data: { n: 1 } }]),
    "`read: raw` gives their data as they came": () =>
      expect(output("do: [l: { listen: { to: { one: { with: { type: a } } }, read: raw } }]", { events: [typed("a", { n: 1 })] })).toEqual([
        '{"n":1}',
      ]),
    "events that `until` consumes are not in the output": () =>
      expect(
        heard("{ any: [{ with: { type: a } }], until: { one: { with: { type: stop } } } }", [
          typed("a", 1),
          typed("a", 2),
          typed("stop", 9),
        ]),
      ).toEqual([1, 2]),
    "with `foreach` its outputs are in the array": () =>
      expect(
        heard(
          "{ all: [{ with: { type: a } }, { with: { type: b } }] }",
          [typed("a", 1), typed("b", 2)],
          ", foreach: { output: { as: '. * 10' } }",
        ),
      ).toEqual([10, 20]),
    "each event is done with before the next one, first come first served": () => {
      const flow = listening(
        "{ any: [{ with: { type: a } }], until: 'length == 3' }",
        ", foreach: { item: e, do: [w: { wait: PT1S }, s: { set: '${ { n: $e, at: $task.startedAt.epoch.seconds } }' }] }",
      );
      const events = (output(flow, { events: [1, 2, 3].map((n) => typed("a", n)) }) as { n: number; at: number }[]).map(({ n, at }) => [
        n,
        at % 60,
      ]);
      expect(events).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
    },
    "a timeout of the task ends the listening": () =>
      expect(error("do: [l: { timeout: { after: PT5S }, listen: { to: { one: { with: { type: a } } } } }]")).toMatchObject({
        type: standard("timeout"),
        instance: "/do/0/l",
      }),
  }),
  reference("Event Consumption Strategy", {
    "`one` awaits the event that it describes": () => {
      expect(heard("{ one: { with: { type: a } } }", [typed("b", 2), typed("a", 1)])).toEqual([1]);
      expect(untouched("{ one: { with: { type: a } } }", [typed("b", 2)])).toBe("waiting");
    },
    "`any` awaits any one of its events": () => {
      expect(heard("{ any: [{ with: { type: a } }, { with: { type: b } }] }", [typed("b", 2)])).toEqual([2]);
      expect(untouched("{ any: [{ with: { type: a } }, { with: { type: b } }] }", [typed("c", 2)])).toBe("waiting");
    },
    "an empty `any` takes every event": () => expect(heard("{ any: [] }", [typed("whatever", 1)])).toEqual([1]),
    "`all` awaits every one of its events, in any order": () => {
      const all = "{ all: [{ with: { type: a } }, { with: { type: b } }] }";
      expect(untouched(all, [typed("a", 1), typed("a", 3)])).toBe("waiting");
      expect(heard(all, [typed("b", 2), typed("a", 1)])).toEqual([2, 1]);
    },
    "exactly one of them is given": () => {
      refuses(listening("{ one: { with: { type: a } }, all: [{ with: { type: b } }] }"), "conflicting-keys");
    },
    "`until` as an expression ends the listening when it holds": () =>
      expect(heard("{ any: [{ with: { type: a } }], until: 'length >= 2' }", [typed("a", 1), typed("a", 2), typed("a", 3)])).toEqual([
        1, 2,
      ]),
    "`until` as a strategy ends it when its events have come": () =>
      expect(
        heard("{ any: [{ with: { type: a } }], until: { all: [{ with: { type: x } }, { with: { type: y } }] } }", [
          typed("y"),
          typed("a", 1),
          typed("x"),
        ]),
      ).toEqual([1]),
    "without `until`, the first event is enough for `any`": () =>
      expect(heard("{ any: [{ with: { type: a } }] }", [typed("a", 1), typed("a", 2)])).toEqual([1]),
  }),
  reference("Event Filter", {
    "an event must have all the attributes that are given": () => {
      const filter = "{ one: { with: { type: a, source: /s, subject: x } } }";
      expect(untouched(filter, [{ ...typed("a"), source: "/s" }])).toBe("waiting");
      expect(heard(filter, [{ ...typed("a", 1), source: "/s", subject: "x" }])).toEqual([1]);
    },
    "values may be regular expressions": () => {
      expect(heard("{ one: { with: { type: 'com\\.pets\\..*' } } }", [typed("com.cars.sold"), typed("com.pets.sold", 1)])).toEqual([1]);
    },
    "or runtime expressions": () => {
      const filter = "{ one: { with: { type: a, data: '${ .temperature > 38 }' } } }";
      expect(heard(filter, [typed("a", { temperature: 37 }), typed("a", { temperature: 39 })])).toEqual([{ temperature: 39 }]);
    },
    "data can be compared as a whole": () =>
      expect(heard("{ one: { with: { type: a, data: { n: 1 } } } }", [typed("a", { n: 2 }), typed("a", { n: 1 })])).toEqual([{ n: 1 }]),
  }),
  reference("Correlation", {
    "`from` takes a value from the event, `expect` says which is wanted": () => {
      const filter = "{ one: { with: { type: a }, correlate: { order: { from: .data.orderId, expect: '${ .id }' } } } }";
      const events = [typed("a", { orderId: 1 }), typed("a", { orderId: 2 })];
      expect(output(listening(filter), { input: { id: 2 }, events })).toEqual([{ orderId: 2 }]);
    },
    "`expect` may be an expression without its mark": () => {
      const filter = "{ one: { with: { type: a }, correlate: { order: { from: .data.orderId, expect: .id } } } }";
      const events = [typed("a", { orderId: 1 }), typed("a", { orderId: 2 })];
      expect(output(listening(filter), { input: { id: 2 }, events })).toEqual([{ orderId: 2 }]);
    },
    "`expect` may be a constant": () =>
      expect(
        heard("{ one: { with: { type: a }, correlate: { order: { from: .data.o, expect: two } } } }", [
          typed("a", { o: "one" }),
          typed("a", { o: "two" }),
        ]),
      ).toEqual([{ o: "two" }]),
    "without `expect`, the first value is what the following events must have": () => {
      const correlate = "correlate: { order: { from: .data.o } }";
      const filter = `{ all: [{ with: { type: a }, ${correlate} }, { with: { type: b }, ${correlate} }] }`;
      expect(heard(filter, [typed("a", { o: 1 }), typed("b", { o: 2 }), typed("b", { o: 1 })])).toEqual([{ o: 1 }, { o: 1 }]);
    },
    "`from` is required": () => refuses(listening("{ one: { with: { type: a }, correlate: { order: { expect: x } } } }"), "missing-key"),
  }),
  reference("Subscription Iterator", {
    "`item` and `at` name the event and its index": () =>
      expect(
        heard(
          "{ any: [{ with: { type: a } }], until: 'length == 2' }",
          [typed("a", "x"), typed("a", "y")],
          ", foreach: { item: e, at: i, do: [s: { set: '${ [$e, $i] }' }] }",
        ),
      ).toEqual([
        ["x", 0],
        ["y", 1],
      ]),
    "they are `item` and `index` where none is given": () =>
      expect(heard("{ one: { with: { type: a } } }", [typed("a", "x")], ", foreach: { do: [s: { set: '${ [$item, $index] }' }] }")).toEqual(
        [["x", 0]],
      ),
    "`do` runs for each event": () => {
      const flow = listening("{ any: [{ with: { type: a } }], until: 'length == 2' }", ", foreach: { do: [s: { set: '${ . }' }] }");
      expect(runFlow(flow, { events: [typed("a", 1), typed("a", 2)] }).run.steps.filter(({ name }) => name === "s")).toHaveLength(2);
    },
    "`output` shapes what is kept of each": () =>
      expect(heard("{ one: { with: { type: a } } }", [typed("a", { n: 1 })], ", foreach: { output: { as: .n } }")).toEqual([1]),
    "`export` puts each into the context": () => {
      const flow = `do: [l: { listen: { to: { any: [{ with: { type: a } }], until: 'length == 2' } }, foreach: { export: { as: '$context + [.]' } } }, c: { set: '\${ $context }' }]`;
      expect(output(flow, { input: [], events: [typed("a", 1), typed("a", 2)] })).toEqual([1, 2]);
    },
  }),
];
