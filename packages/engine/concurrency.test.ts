// Runs that wait for a slot: what they ask for, when they go on, and what they give back.
import { expect, test } from "vitest";
import { decodeState, encodeState } from "./snapshot.ts";
import { isActive, outstandingEffects } from "./outstanding.ts";
import { awaitingAgain, rewindFault, rewindTo } from "./rewind.ts";
import { reasonOf, statusOf } from "./status.ts";
import { constant, fn, http, set } from "./testing/specs.ts";
import { scenario, type Scenario } from "./testing/scenario.ts";
import { waitsOf } from "./waits.ts";
import { defined, type Json } from "@baton/core";
import type { Spec, Top } from "./testing/build.ts";

const key = fn(".customer", (input) => (input as { customer: Json }).customer);
const top: Top = { concurrency: { key, limit: 2, onConflict: "wait" } };
const begin = (input: Json = { customer: "acme" }, more: Top = {}): Scenario =>
  scenario([http("call"), set("done", constant(1))], input, { ...top, ...more });

test("a run claims its slot, and does nothing before it is admitted", () => {
  const run = begin();
  expect(run.told).toEqual(['run started {"customer":"acme"}', "claim slot acme"]);
  expect(run.view).toMatchObject({
    status: "pending",
    steps: [],
    concurrency: { lock: "flow/built/acme", key: "acme", limit: 2, status: "waiting" },
  });
  run.send({ type: "AdmitRun" });
  expect(run.told.slice(0, 2)).toEqual(["run admitted", "call started"]);
  expect(run.view).toMatchObject({ status: "running", concurrency: { status: "holding" } });
  run.send({ type: "AdmitRun" });
  expect(run.told).toEqual([]);
  run.complete("call");
  expect(run.told.slice(-2)).toEqual(["run completed", "release slot acme"]);
  expect(run.view).toMatchObject({ status: "completed", concurrency: { status: "released" } });
});

test("a run that waits says so, is taken up by a restart, and asks again", () => {
  const { world } = begin();
  const { state } = world;
  if (state === null) throw new Error("expected a state");
  expect([statusOf(state), reasonOf(state, statusOf(state)), isActive(state)]).toEqual(["pending", "pending.concurrency", true]);
  expect(waitsOf(state)).toMatchObject([{ for: "slot", step: 0 }]);
  expect(outstandingEffects(world.workflow, state, world.facts)).toEqual([
    { type: "claimSlot", slot: { key: "acme", limit: 2, onConflict: "wait" } },
  ]);
  expect(decodeState(world.workflow, encodeState(state))).toEqual(state);
});

test.each([
  ["cancelled", (run: Scenario) => run.cancel(), "run cancelled"],
  ["terminated", (run: Scenario) => run.send({ type: "TerminateRun" }), "run cancelled"],
  ["refused", (run: Scenario) => run.send({ type: "RefuseRun", reason: "No." }), "run faulted"],
])("a run that waits and is %s gives its place up", (_, end, told) => {
  const run = end(begin());
  expect(run.told[0]).toMatch(new RegExp(`^${told}`));
  expect(run.told).toContain("release slot acme");
  expect(run.view.concurrency?.status).toBe("released");
});

test("a time limit of the run counts while it waits, and a fault gives the slot back", () => {
  const late = begin({ customer: "acme" }, { timeoutMs: 1_000 }).fire();
  expect([late.view.status, late.error]).toEqual(["faulted", expect.stringContaining("timeout")]);
  expect(late.told).toContain("release slot acme");
  const failed = begin().send({ type: "AdmitRun" }).fail("call");
  expect(failed.told.slice(-1)).toEqual(["release slot acme"]);
});

test("a run that is suspended while it waits is admitted, and goes on when it is resumed", () => {
  const run = begin().suspend();
  expect(run.view.status).toBe("suspended");
  expect(run.send({ type: "AdmitRun" }).view).toMatchObject({ status: "suspended", steps: [] });
  expect(run.resume().steps).toEqual(["call running"]);
});

test("without a key all runs share one; a key that is none faults the run", () => {
  const shared = scenario([http("call")], {}, { concurrency: { limit: 1, onConflict: "wait" } });
  expect(shared.view.concurrency).toMatchObject({ lock: "flow/built", key: "" });
  expect(begin({ customer: 7 }).view.concurrency?.key).toBe("7");
  for (const customer of [null, "", { a: 1 }, "x".repeat(201), "a\nb"])
    expect(begin({ customer }).view.error?.detail).toMatch(/concurrency key/);
});

test("a run that is retried waits again, and goes on where it failed once it is admitted", () => {
  const run = begin().send({ type: "AdmitRun" }).fail("call");
  const { world } = run;
  run.send({ type: "RetryRun", standing: awaitingAgain(rewindFault(world.workflow, world.history()), new Set(), world.now) });
  expect([run.view.status, run.told]).toEqual(["pending", ["run retried", "claim slot acme"]]);
  run.send({ type: "AdmitRun" });
  expect(run.steps).toEqual(["call faulted", "call running"]);
});

test("a run that waits, and is to undo what another one did before it, does so without waiting", () => {
  const undone: Spec = { ...http("first"), compensate: [http("undo")] };
  const run = scenario([undone, http("second")], { customer: "acme" }, top)
    .send({ type: "AdmitRun" })
    .complete("first");
  const { world } = run;
  const before = defined(rewindTo(world.workflow, world.history(), 2), "the run before its second step");
  world.rewind(before, world.workflow);
  run.send({ type: "ForkRun", runId: "run_2", from: { runId: "run_1", step: 2 }, standing: before.standing });
  expect([run.view.status, run.told.at(-1)]).toEqual(["pending", "claim slot acme"]);
  run.cancel();
  expect(run.told).toContain("release slot acme");
  expect(run.steps.at(-1)).toBe("undo running");
});
