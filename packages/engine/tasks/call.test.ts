// Functions of the workflow; what a request amounts to is tested with http-work.ts.
import { expect, test } from "vitest";
import { runLimits } from "../limits.ts";
import { attempt, broken, call, constant, dot, fn, http, list, loop, raise, set, variable } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

test("a function's task runs below the call, with the arguments as its input", () => {
  const run = scenario([call("use", http("fn"), { with: dot("x") })], { x: 1 });
  expect(run.told).toEqual([
    'run started {"x":1}',
    "use started",
    "use entered its function 1",
    "fn started",
    "ask fn POST https://service.test/ 1",
  ]);
  expect(run.complete("fn", "result").view).toMatchObject({ status: "completed", output: "result" });
  expect(run.steps).toEqual(["use completed", "fn completed"]);
});

test("without arguments it reads the call's transformed input", () => {
  const run = scenario([call("use", http("fn"), { from: dot("x") })], { x: 1 });
  expect(run.view.steps[1]?.input).toBe(1);
});

test("a function sees the context, and none of the variables around its call", () => {
  const body = set(
    "fn",
    fn("[$context, $item]", (_, v) => [v["context"] ?? null, v["item"] ?? null]),
  );
  expect(scenario([loop("each", constant([1]), [call("use", body)])], "ctx").view.output).toEqual(["ctx", null]);
});

test("an error of a function points at the call", () => {
  const run = scenario([call("use", list("fn", [http("deep")]))]);
  expect(run.fail("deep").error).toBe("communication 500 at /do/0/use/do/0/deep");
  expect(scenario([call("use", raise("fn", "urn:a"))]).error).toBe("urn:a 500 at /do/0/use");
});

test("the call transforms what the function gave, and exports it", () => {
  const run = scenario([
    call("use", http("fn", { as: dot("a") }), { as: fn("[.]", (output) => [output]), export: constant("exported") }),
    set("see", variable("context")),
  ]);
  run.complete("fn", { a: 1 });
  expect(run.view.steps[0]?.output).toEqual([1]);
  expect(run.view.output).toBe("exported");
});

test("a call inside a try is retried with its function", () => {
  const run = scenario([
    attempt("try", [call("use", http("fn"))], { retry: { backoff: { kind: "constant" }, limit: { attemptCount: 1 } } }),
  ]);
  run.fail("fn").complete("fn", 2);
  expect(run.steps).toEqual(["try completed", "use faulted", "fn faulted", "use completed (2)", "fn completed (2)"]);
});

test("arguments that cannot be evaluated fault the call", () => {
  expect(scenario([call("use", http("fn"), { with: broken("boom") })]).error).toBe("expression 400 at /do/0/use");
});

test("arguments beyond the limit fault the call", () => {
  const large = fn("large", () => "x".repeat(runLimits.dataSize));
  expect(scenario([call("use", http("fn"), { with: large })]).view.error).toMatchObject({ title: "Data too large", instance: "/do/0/use" });
});

test("`exit` in a function ends the function, `end` the workflow", () => {
  const rest = [raise("never", "urn:never")];
  expect(scenario([call("use", set("fn", constant(1), { then: "end" })), ...rest]).view).toMatchObject({ status: "completed", output: 1 });
  expect(scenario([call("use", set("fn", constant(1), { then: "exit" })), set("next", constant(2))]).view.output).toBe(2);
});
