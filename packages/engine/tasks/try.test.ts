import { expect, test } from "vitest";
import { ms } from "../testing/build.ts";
import { attempt, constant, dot, field, fn, http, list, raise, retry, set, variable, wait } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";
import type { WorkflowError } from "../work.ts";
import { matches } from "./try.ts";

const never = fn("false", () => false);
const statusIs = (status: number) => fn(`$error.status == ${status}`, (_, v) => field(v["error"], "status") === status);
const after = set(
  "after",
  fn(".", (input) => input),
);

test("without an error the output is the list's", () => {
  const run = scenario([attempt("try", [http("a")])]);
  expect(run.complete("a", 1).view).toMatchObject({ status: "completed", output: 1 });
});

test("a caught error without `do` completes the try with its transformed input", () => {
  const run = scenario([attempt("try", [http("a")], {}, { from: dot("x") }), after], { x: 5 });
  expect(run.fail("a").told).toEqual([
    "a faulted communication 500 at /do/0/try/try/0/a",
    "try caught the error",
    "try completed",
    "after started",
    "after completed",
    "run completed",
  ]);
  expect(run.view.output).toBe(5);
});

test("`do` runs once with the error bound, and gives the output", () => {
  const handled = [set("handle", variable("error"))];
  const run = scenario([attempt("try", [http("a")], { do: handled }), http("next", { from: variable("error") })]);
  run.fail("a", 503);
  expect(run.steps).toEqual(["try completed", "a faulted", "handle completed", "next running"]);
  expect(run.view.steps[2]).toMatchObject({
    reference: "/do/0/try/catch/do/0/handle",
    output: { status: 503, instance: "/do/0/try/try/0/a" },
  });
  expect(run.view.steps[3]?.input).toBe(null);
});

test("an error inside `do` passes on up", () => {
  const run = scenario([attempt("try", [http("a")], { do: [raise("again", "urn:again")] })]);
  expect(run.fail("a").error).toBe("urn:again 500 at /do/0/try/catch/do/0/again");
  expect(run.steps).toEqual(["try faulted", "a faulted", "again faulted"]);
});

test("an outer try catches what an inner one lets through", () => {
  const inner = attempt("inner", [http("a")], { with: { status: 404 } });
  const run = scenario([attempt("outer", [inner], { do: [set("handle", constant("outer"))] })]);
  expect(run.fail("a", 500).steps).toEqual(["outer completed", "inner faulted", "a faulted", "handle completed"]);
});

test("`catch.then` directs the flow behind a caught error, the task's own `then` without one", () => {
  const flow = [
    attempt("try", [http("a")], { then: "failed" }, { then: "fine" }),
    set("fine", constant("fine"), { then: "end" }),
    set("failed", constant("failed")),
  ];
  expect(scenario(flow).fail("a").view.output).toBe("failed");
  expect(scenario(flow).complete("a").view.output).toBe("fine");
});

test("`when` and `exceptWhen` see the error", () => {
  expect(scenario([attempt("try", [http("a")], { when: statusIs(503) })]).fail("a", 503).view.status).toBe("completed");
  expect(scenario([attempt("try", [http("a")], { when: statusIs(503) })]).fail("a", 500).view.status).toBe("faulted");
  expect(scenario([attempt("try", [http("a")], { exceptWhen: statusIs(503) })]).fail("a", 503).view.status).toBe("faulted");
  expect(scenario([attempt("try", [http("a")], { exceptWhen: statusIs(503) })]).fail("a", 500).view.status).toBe("completed");
});

const error: WorkflowError = {
  type: "https://open-workflow-specification.org/spec/1.0.0/errors/communication",
  status: 503,
  title: "Unavailable",
  detail: "down",
  instance: "/do/0/a",
};

test.each([
  ["https://open-workflow-specification.org/spec/1.0.0/errors/communication"],
  ["https://serverlessworkflow.io/spec/1.0.0/errors/communication"],
  ["https://open-workflow-specification.org/dsl/errors/types/communication"],
  ["https://serverlessworkflow.io/dsl/errors/types/communication"],
])("a standard type is equal under every base: %s", (type) => {
  expect(matches({ type }, error)).toBe(true);
  expect(matches({ type: type.replace("communication", "timeout") }, error)).toBe(false);
});

test("a type that only looks like a standard one is compared as it stands", () => {
  const type = "https://serverlessworkflow.io/spec/1.0.0/errors/unheard-of";
  expect(matches({ type }, { ...error, type })).toBe(true);
  expect(matches({ type }, { ...error, type: type.replace("serverlessworkflow.io", "open-workflow-specification.org") })).toBe(false);
  const own = "https://serverlessworkflow.io/spec/1.0.0/errors/constructor";
  expect(matches({ type: own }, { ...error, type: own.replace("serverlessworkflow.io", "open-workflow-specification.org") })).toBe(false);
});

test("a filter demands equality of every field that it names", () => {
  const { type: _, ...rest } = error;
  expect(matches(rest, error)).toBe(true);
  expect(matches({}, error)).toBe(true);
  for (const other of [{ status: 500 }, { title: "Un" }, { detail: "dow" }, { instance: "/do" }, { type: "communication" }]) {
    expect(matches(other, error)).toBe(false);
  }
});

test("a retry comes first, as often as the limit says, then `do` runs once", () => {
  const answer = { retry: retry(1000, 2), do: [set("handle", constant("handled"))] };
  const run = scenario([attempt("try", [http("a")], answer)]);
  expect(run.fail("a").told).toEqual([
    "a faulted communication 500 at /do/0/try/try/0/a",
    "try retries until +1s",
    "set retry-1 of try +1s",
  ]);
  expect(run.view.steps[0]).toMatchObject({ status: "waiting", waiting: { reason: "waiting.retry", until: "2026-01-01T00:00:01.000Z" } });
  expect(run.view.status).toBe("waiting");
  expect(run.fire().told).toEqual(["try tries, attempt 2", "a started", "clear retry-1 of try", "ask a POST https://service.test/ {}"]);
  run.fail("a").fire().fail("a");
  expect(run.steps).toEqual(["try completed", "a faulted", "a faulted (2)", "a faulted (3)", "handle completed"]);
  expect(run.view.output).toBe("handled");
});

test("a retry that succeeds completes the try; every attempt reads the try's input", () => {
  const run = scenario([attempt("try", [set("one", constant(1)), http("a")], { retry: retry(0, 1) })], "in");
  run.fail("a");
  expect(run.steps).toEqual(["try running", "one completed", "a faulted", "one completed (2)", "a running (2)"]);
  expect(run.view.steps[3]?.input).toBe("in");
  expect(run.complete("a", "fine").view).toMatchObject({ status: "completed", output: "fine" });
});

test("the policy's `when` and `exceptWhen` decide on retrying, not on catching", () => {
  const tried = (policy: object) => scenario([attempt("try", [http("a")], { retry: retry(1000, 5, policy) })]).fail("a", 503);
  expect(tried({ when: statusIs(503) }).view.status).toBe("waiting");
  expect(tried({ when: statusIs(500) }).view.status).toBe("completed");
  expect(tried({ exceptWhen: statusIs(503) }).view.status).toBe("completed");
  expect(tried({ exceptWhen: never }).view.status).toBe("waiting");
});

const duration = (seconds: number) => ({ kind: "constant", duration: ms(seconds * 1000) }) as const;

test.each([
  ["constant", { backoff: { kind: "constant" } }, [2, 2, 2, 2]],
  ["linear", { backoff: { kind: "linear" } }, [2, 4, 6, 8]],
  ["linear with an increment", { backoff: { kind: "linear", increment: duration(1) } }, [2, 3, 4, 5]],
  ["exponential", { backoff: { kind: "exponential" } }, [2, 4, 8, 16]],
  ["exponential with a factor", { backoff: { kind: "exponential", factor: 3 } }, [2, 6, 18, 54]],
  ["capped", { backoff: { kind: "exponential", maxDelay: duration(5) } }, [2, 4, 5, 5]],
  ["with jitter", { jitter: { from: duration(1), to: duration(3) } }, [4, 4, 4, 4]],
] as const)("backoff: %s", (_, policy, delays) => {
  const run = scenario([attempt("try", [http("a")], { retry: retry(2000, 4, policy) })], {}, {}, { random: () => 0.5 });
  const seen = delays.map(() => {
    const { now } = run.world;
    run.fail("a");
    const at = run.world.timers()[0]?.at ?? now;
    run.fire();
    return (at - now) / 1000;
  });
  expect(seen).toEqual(delays);
});

test("no delay is longer than an hour unless the policy says so", () => {
  const run = scenario([attempt("try", [http("a")], { retry: retry(7_200_000, 1) })]).fail("a");
  expect(run.told).toContain("try retries until +3600s");
});

test("each attempt is bounded by the limit's attempt duration", () => {
  const policy = retry(1000, 1, { limit: { attemptDuration: duration(5) } });
  const run = scenario([attempt("try", [http("a")], { retry: policy, do: [set("handle", variable("error"))] })]);
  expect(run.told).toContain("try tries, attempt 1 until +5s");
  expect(run.fire().told).toEqual([
    "try ran out of time for this attempt",
    "try retries until +6s",
    "abort a",
    "clear attempt-1 of try",
    "set retry-1 of try +6s",
  ]);
  run.fire().fire();
  expect(run.steps).toEqual(["try completed", "a cancelled", "a cancelled (2)", "handle completed"]);
  expect(run.view.output).toMatchObject({ status: 408, instance: "/do/0/try", detail: 'An attempt of "try" took longer than allowed.' });
});

test("an attempt that timed out is caught only by a filter that matches a timeout", () => {
  const policy = retry(1000, 1, { limit: { attemptDuration: duration(5) } });
  const run = scenario([attempt("try", [http("a")], { with: { status: 503 }, retry: policy })]);
  expect(run.fire().error).toBe("timeout 408 at /do/0/try");
});

test("all attempts together are bounded by the limit's duration", () => {
  const policy = retry(3000, 99, { limit: { attemptCount: 99, duration: duration(10) } });
  const run = scenario([attempt("try", [http("a")], { retry: policy, do: [set("handle", variable("error"))] })]);
  run.fail("a").fire().fail("a").fire();
  expect(run.world.now).toBe(run.world.facts.now);
  run.fail("a").fire();
  expect(run.fail("a").steps.at(-1)).toBe("handle completed");
  expect(run.view.output).toMatchObject({ status: 500 });
});

test("an attempt under way when the limit's duration ends is stopped, and not retried", () => {
  const policy = retry(1000, 99, { limit: { attemptCount: 99, duration: duration(10) } });
  const run = scenario([attempt("try", [http("a")], { retry: policy, do: [set("handle", variable("error"))] })]);
  expect(run.fire().told).toEqual([
    "try ran out of time",
    "try caught the error",
    "handle started",
    expect.stringContaining("handle completed"),
    "try completed",
    "run completed",
    "abort a",
    "clear limit of try",
  ]);
  expect(run.view.output).toMatchObject({ status: 408, detail: 'All attempts of "try" together took longer than allowed.' });
});

test("what the policy's expressions raise faults the try itself", () => {
  const failing = fn("boom", () => {
    throw new Error("boom");
  });
  const run = scenario([attempt("try", [http("a")], { when: failing })]);
  expect(run.fail("a").error).toBe("expression 400 at /do/0/try");
});

test("a timeout inside a try is caught like any error", () => {
  const run = scenario([attempt("try", [http("a", { timeoutMs: 2000 })], { with: { status: 408 } })]);
  expect(run.fire().view.status).toBe("completed");
  expect(run.steps).toEqual(["try completed", "a faulted"]);
});

test("the attempt number of a step is that of the nearest try around it", () => {
  const inner = attempt("inner", [list("list", [http("a")])], { with: { status: 1 } });
  const run = scenario([attempt("outer", [wait("pause", 1), inner], { retry: retry(0, 3) })]);
  run.fire().fail("a").fire();
  expect(run.steps.slice(-4)).toEqual(["pause completed (2)", "inner running (2)", "list running", "a running"]);
});

test("`end` inside a try, or its handlers, ends the workflow", () => {
  expect(scenario([attempt("try", [set("a", constant(1), { then: "end" })]), raise("never", "urn:never")]).view.output).toBe(1);
  const handlers = [set("handle", constant(2), { then: "end" })];
  expect(scenario([attempt("try", [raise("a", "urn:a")], { do: handlers }), raise("never", "urn:never")]).view.output).toBe(2);
});
