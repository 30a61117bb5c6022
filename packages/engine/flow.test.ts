// The data flow of a task and of a workflow, in the specification's order.
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { SchemaCheck, Task, Workflow } from "@baton/dsl";
import { buildWorkflow, type Fn } from "./testing/build.ts";
import { broken, constant, dot, field, fn, http, list, loop, raise, set, variable } from "./testing/specs.ts";
import { Scenario, scenario } from "./testing/scenario.ts";

/** A schema that demands text. */
const textOnly: SchemaCheck = {
  document: { type: "string" },
  check: (value) => (typeof value === "string" ? [] : [{ pointer: "", message: "should be text" }]),
};

/** The workflow with its first task changed. */
function changed(workflow: Workflow, change: (task: Task) => Task): Workflow {
  const [first, ...rest] = workflow.do;
  return first === undefined ? workflow : { ...workflow, do: [change(first), ...rest] };
}

test("every point of the flow sees what the specification says, in its order", () => {
  const seen: [string, Json][] = [];
  const spy = (at: string, result: (input: Json) => Json): Fn =>
    fn(at, (input, v) => {
      const { context, input: transformed, output, task } = v;
      seen.push([at, [input, context ?? null, transformed ?? null, output ?? null, field(task, "input"), field(task, "output")]]);
      return result(input);
    });
  const task = set(
    "a",
    spy("set", () => "raw output"),
    {
      if: spy("if", () => true),
      from: spy("from", () => "transformed input"),
      as: spy("as", () => "transformed output"),
      export: spy("export", () => "new context"),
    },
  );
  const run = scenario([task, set("b", variable("context"))], "raw", {
    from: fn("in", () => "workflow input"),
    as: fn("out", (output) => [output]),
  });
  const first = "workflow input";
  expect(seen).toEqual([
    ["if", [first, first, null, null, first, null]],
    ["from", [first, first, null, null, first, null]],
    ["set", ["transformed input", first, "transformed input", null, first, null]],
    ["as", ["raw output", first, "transformed input", null, first, "raw output"]],
    ["export", ["transformed output", first, "transformed input", "transformed output", first, "raw output"]],
  ]);
  expect(run.view).toMatchObject({ input: "raw", output: ["new context"] });
  expect(run.view.steps[0]).toMatchObject({ input: "transformed input", output: "transformed output" });
});

test("a false `if` gives the raw input; nothing else of the task is evaluated, and its `then` is ignored", () => {
  const never = fn("false", () => false);
  const skipped = set("a", broken("set"), { if: never, from: broken("from"), as: broken("as"), export: broken("export"), then: "end" });
  const run = scenario([skipped, http("b")], 5);
  expect(run.told).toEqual(["run started 5", "a skipped", "b started", "ask b POST https://service.test/ 5"]);
  expect(run.view.steps[0]).toMatchObject({ status: "completed", skipped: true, input: 5, output: 5 });
});

test("the first context is the transformed workflow input", () => {
  expect(scenario([set("a", variable("context"))], { x: 1 }, { from: dot("x") }).view.output).toBe(1);
});

test("an export replaces the context, for the tasks behind it only", () => {
  const both = fn("[., $context]", (input, v) => [input, v["context"] ?? null]);
  const run = scenario(
    [set("a", both, { export: constant("A") }), set("b", both, { export: fn("$output", (_, v) => v["output"] ?? null) }), set("c", both)],
    0,
  );
  expect(run.view.steps[1]?.output).toEqual([[0, 0], "A"]);
  expect(run.view.steps[2]?.output).toEqual([
    [[0, 0], "A"],
    [[0, 0], "A"],
  ]);
});

test("nested tasks export to the same context", () => {
  const run = scenario([list("outer", [set("a", constant(1), { export: constant("inner") })]), set("b", variable("context"))]);
  expect(run.view.output).toBe("inner");
});

test("the input's schema is held against the raw input, before `input.from`", () => {
  const workflow = changed(buildWorkflow([http("a", { from: dot("x") })]), (task) => ({
    ...task,
    input: { ...task.input, schema: textOnly },
  }));
  const run = new Scenario(workflow).start({ x: "text" });
  expect(run.error).toBe("validation 400 at /do/0/a");
  expect(run.view.error?.detail).toBe("The input breaks its schema: should be text.");
  expect(run.steps).toEqual(["a faulted"]);
});

test("the output's schema is held against the transformed output, the export's against the new context", () => {
  const outputs = changed(buildWorkflow([http("a", { as: dot("x") })]), (task) => ({
    ...task,
    output: { ...task.output, schema: textOnly },
  }));
  expect(new Scenario(outputs).start(0).complete("a", { x: "text" }).view.status).toBe("completed");
  expect(new Scenario(outputs).start(0).complete("a", { x: 1 }).error).toBe("validation 400 at /do/0/a");
  const exported = changed(buildWorkflow([http("a", { export: dot("x") })]), (task) => ({
    ...task,
    export: { ...task.export, schema: textOnly },
  }));
  expect(new Scenario(exported).start(0).complete("a", { x: 1 }).view.error?.detail).toContain("exported context breaks its schema");
});

test("the workflow's own schemas fault the run before its first task, and after its last", () => {
  const workflow = buildWorkflow([set("a", constant(1))]);
  const refused = new Scenario({ ...workflow, input: { schema: textOnly } }).start(1);
  expect(refused.told).toEqual(["run started 1", "run faulted validation 400 at /input"]);
  const unfit = new Scenario({ ...workflow, output: { schema: textOnly } }).start(1);
  expect(unfit.told.at(-1)).toBe("run faulted validation 400 at /output");
});

test.each([
  ["if", { if: broken("boom") }],
  ["input.from", { from: broken("boom") }],
  ["output.as", { as: broken("boom") }],
  ["export.as", { export: broken("boom") }],
])("an expression that fails in %s faults its step", (_, common) => {
  const run = scenario([set("a", constant(1), common), raise("never", "urn:never")]);
  expect(run.error).toBe("expression 400 at /do/0/a");
  expect(run.view.error?.detail).toContain('The expression "error" failed: boom');
  expect(run.steps).toEqual(["a faulted"]);
});

test("an expression of the workflow itself that fails faults the run", () => {
  expect(scenario([], 1, { from: broken("boom") }).error).toBe("expression 400 at /input");
  expect(scenario([], 1, { as: broken("boom") }).error).toBe("expression 400 at /output");
});

test("`$task` tells name, reference, definition, raw input, start, and the definition's own fields", () => {
  const run = scenario([set("a", variable("task"), { from: constant("transformed") })], "raw");
  expect(run.view.output).toEqual({
    kind: "set",
    name: "a",
    reference: "/do/0/a",
    definition: { kind: "set" },
    input: "raw",
    output: null,
    startedAt: { iso8601: "2026-01-01T00:00:00.000Z", epoch: { seconds: 1_767_225_600, milliseconds: 1_767_225_600_000 } },
  });
});

test("`$workflow` tells id, definition, raw input and start; `$runtime` what runs it", () => {
  const run = scenario(
    [
      set(
        "a",
        fn("both", (_, v) => [v["workflow"] ?? null, v["runtime"] ?? null]),
      ),
    ],
    { x: 1 },
    { from: dot("x") },
  );
  const startedAt = { iso8601: "2026-01-01T00:00:00.000Z", epoch: { seconds: 1_767_225_600, milliseconds: 1_767_225_600_000 } };
  expect(run.view.output).toEqual([
    { id: "run_1", definition: { document: { name: "built" } }, input: { x: 1 }, startedAt },
    { name: "baton", version: "test", metadata: {} },
  ]);
});

test("an input that is the raw one, and an output that is known, are in no event", () => {
  const run = scenario([list("outer", [loop("each", constant([1]), [http("a")])])], { big: "data" });
  run.complete("a", "output");
  expect(run.told).toEqual(['a completed "output"', "each completed", "outer completed", "run completed"]);
});

test("data that looks like an expression stays data", () => {
  const run = scenario([set("a", dot("text"))], { text: "${ .secret }" });
  expect(run.view.output).toBe("${ .secret }");
});
