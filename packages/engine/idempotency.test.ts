import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { buildWorkflow } from "./testing/build.ts";
import { computed, fixed, someScope } from "./testing/scope.ts";
import { attempt, dot, http, retry } from "./testing/specs.ts";
import { scenario } from "./testing/scenario.ts";
import type { Effect } from "./index.ts";
import { idempotencyKey, startKey } from "./idempotency.ts";
import { Raised } from "./workflow-error.ts";

function asked(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "performWork" ? effect.workId : []));
}

test("a call's key takes the place of the attempt's id, and is the same for every attempt", () => {
  const pay = http("pay", { idempotencyKey: dot("order") });
  const run = scenario([attempt("try", [pay], { retry: retry(0, 1) })], { order: "o-7" });
  expect(asked(run.world.effects)).toEqual(["o-7"]);
  expect(asked(run.fail("pay").world.effects)).toEqual(["o-7"]);
  const without = scenario([attempt("try", [http("pay")], { retry: retry(0, 1) })]);
  expect(asked(without.world.effects)).toEqual(["run_1:2"]);
  expect(asked(without.fail("pay").world.effects)).toEqual(["run_1:3"]);
});

test("a key that cannot be had faults the call before anything is sent", () => {
  const run = scenario([http("pay", { idempotencyKey: dot("order") })], {});
  expect(run.error).toBe("expression 400 at /do/0/pay");
  expect(asked(run.world.effects)).toEqual([]);
});

test.each<[Json, string]>([
  ["o-7", "o-7"],
  [7, "7"],
  ["two words", "two words"],
  ["", "is empty"],
  [null, "is null"],
  [true, "is a boolean"],
  [{ a: 1 }, "is an object"],
  ["x".repeat(256), "256 characters"],
  ["line\nbreak", "visible ASCII"],
  [" blank", "visible ASCII"],
  ["ü", "visible ASCII"],
])("the value %j", (value, told) => {
  const keyOrDetail = (): string => {
    try {
      return idempotencyKey(someScope(), fixed(value), null);
    } catch (error) {
      return error instanceof Raised ? String(error.error.detail) : "";
    }
  };
  expect(keyOrDetail()).toContain(told);
});

test("a workflow's key is that of the input that a start brings", () => {
  const { facts } = someScope();
  const workflow = { ...buildWorkflow([]), idempotencyKey: computed((input) => input) };
  const run = { id: "run_1", input: "o-7" };
  expect(startKey(workflow, facts, run)).toEqual({ ok: true, value: "o-7" });
  expect(startKey(buildWorkflow([]), facts, run)).toEqual({ ok: true, value: undefined });
  expect(startKey(workflow, facts, { ...run, input: null })).toMatchObject({ ok: false, error: { status: 400 } });
});
