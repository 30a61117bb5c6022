// Which runs events start, and with which input.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { compileWorkflow, type EventTrigger, type Workflow } from "@baton/dsl";
import type { CloudEvent } from "../cloud-event.ts";
import type { Facts } from "../facts.ts";
import { maxGatherings, offerEvent, type Triggering } from "./triggering.ts";

const facts: Facts = { now: 1_000, random: () => 0.5, runtime: { name: "baton", version: "0", metadata: {} }, secret: () => undefined };

/** A rule whose strategy is written as that of a `listen`. */
function ruleOf(strategy: string, read: EventTrigger["read"] = "data"): { readonly workflow: Workflow; readonly rule: EventTrigger } {
  const text = `{ document: { dsl: 1.0.3, namespace: test, name: on, version: 1.0.0 }, do: [ { wait: { listen: { to: ${strategy} } } } ] }`;
  const compiled = compileWorkflow(text, { format: "yaml" });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join("; "));
  const [task] = compiled.workflow.do;
  if (task?.kind !== "listen") throw new Error("Expected a listen.");
  return { workflow: compiled.workflow, rule: { strategy: task.to, read } };
}

let ids = 0;
const event = (type: string, data: Json = null): CloudEvent => ({ specversion: "1.0", id: String(++ids), source: "/test", type, data });

/** The inputs of the runs that the events start, and how many gatherings are left open. */
function play({ workflow, rule }: ReturnType<typeof ruleOf>, events: readonly CloudEvent[]): { runs: unknown[]; open: number } {
  let gatherings: Triggering = [];
  const runs: unknown[] = [];
  for (const one of events) {
    const triggered = offerEvent(workflow, facts, rule, gatherings, one);
    gatherings = triggered?.gatherings ?? gatherings;
    if (triggered?.input) runs.push(triggered.input);
  }
  return { runs, open: gatherings.length };
}

test("one: each event that fits starts a run with itself alone", () => {
  const rule = ruleOf("{ one: { with: { type: low } } }");
  expect(play(rule, [event("low", 1), event("high", 2), event("low", 3)])).toEqual({ runs: [[1], [3]], open: 0 });
});

test("any: each event that fits one of the filters, read as it is said", () => {
  const rule = ruleOf("{ any: [ { with: { type: low } }, { with: { type: high, data: '${ . > 5 }' } } ] }", "envelope");
  const high = event("high", 9);
  expect(play(rule, [event("high", 2), high])).toEqual({ runs: [[high]], open: 0 });
});

test("all: one event for each filter, of as many orders as there are side by side", () => {
  const part = (type: string): string => `{ with: { type: ${type} }, correlate: { order: { from: .data.order } } }`;
  const rule = ruleOf(`{ all: [ ${part("ordered")}, ${part("paid")} ] }`);
  const [a, b] = [{ order: "a" }, { order: "b" }];
  const events = [event("ordered", a), event("ordered", b), event("paid", b), event("paid", { order: "c" }), event("paid", a)];
  expect(play(rule, events)).toEqual({
    runs: [
      [b, b],
      [a, a],
    ],
    open: 1,
  });
});

test("all without correlation: what comes twice gathers twice", () => {
  const rule = ruleOf("{ all: [ { with: { type: x } }, { with: { type: y } } ] }");
  expect(play(rule, [event("x", 1), event("x", 2), event("y", 3), event("y", 4)])).toEqual({
    runs: [
      [1, 3],
      [2, 4],
    ],
    open: 0,
  });
});

test("any until a condition or an event: all that came before are one run's input", () => {
  const condition = ruleOf("{ any: [ { with: { type: x } } ], until: '${ length == 2 }' }");
  expect(play(condition, [event("x", 1), event("x", 2), event("x", 3)])).toEqual({ runs: [[1, 2]], open: 1 });
  const ending = ruleOf("{ any: [ { with: { type: x } } ], until: { one: { with: { type: end } } } }");
  expect(play(ending, [event("end"), event("x", 1), event("x", 2), event("end")])).toEqual({ runs: [[1, 2]], open: 0 });
});

test("too many gatherings: the oldest is given up", () => {
  const part = (type: string): string => `{ with: { type: ${type} }, correlate: { order: { from: .data } } }`;
  const { workflow, rule } = ruleOf(`{ all: [ ${part("ordered")}, ${part("paid")} ] }`);
  let gatherings: Triggering = [];
  let dropped = 0;
  for (let order = 0; order <= maxGatherings; order++) {
    const triggered = offerEvent(workflow, facts, rule, gatherings, event("ordered", order));
    gatherings = triggered?.gatherings ?? [];
    if (triggered?.dropped) dropped++;
  }
  expect([gatherings.length, dropped]).toEqual([maxGatherings, 1]);
  expect(offerEvent(workflow, facts, rule, gatherings, event("paid", 1))?.input).toEqual([1, 1]);
});
