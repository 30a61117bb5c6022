// The specification's sentences about execution that bind us, each with a document that shows it. The quoted words are
// those of dsl.md and dsl-reference.md; docs/internals/engine.md says what we do where they leave it open.
import type { Json } from "@baton/core";
import { describe, expect, test } from "vitest";
import { failed, runFlow, type World } from "./run-flow.ts";

const standard = "https://open-workflow-specification.org/spec/1.0.0/errors";
const call = "{ call: http, with: { method: get, endpoint: https://service.test } }";

function output(text: string, world: World = {}): Json {
  const { run } = runFlow(text, world);
  if (run.status !== "completed") throw new Error(`the run is ${run.status}: ${JSON.stringify(run.error)}`);
  return run.output;
}

function error(text: string, world: World = {}) {
  const { run } = runFlow(text, world);
  expect(run.status).toBe("faulted");
  return run.error;
}

const names = (text: string, world: World = {}): string[] => runFlow(text, world).run.steps.map(({ name }) => name);

describe("task flow", () => {
  test("a workflow begins with the first task; the next is implicitly the next in declaration order", () => {
    expect(names("do: [a: { set: { x: 1 } }, b: { set: { x: 2 } }, c: { set: { x: 3 } }]")).toEqual(["a", "b", "c"]);
  });

  test("or is explicitly defined by the `then` property", () => {
    expect(names("do: [a: { set: { x: 1 }, then: c }, b: { set: { x: 2 } }, c: { set: { x: 3 } }]")).toEqual(["a", "c"]);
  });

  test("a task that raised an uncaught error abruptly halts the workflow, which becomes faulted", () => {
    const { run } = runFlow(`do: [a: ${call}, b: { set: { x: 2 } }]`, { work: () => failed(500) });
    expect(run).toMatchObject({ status: "faulted", output: null });
    expect(run.steps).toHaveLength(1);
  });

  test("`end` explicitly and gracefully ends the workflow, from any depth", () => {
    expect(output("do: [a: { do: [b: { set: { x: 1 }, then: end }] }, c: { set: { x: 2 } }]")).toEqual({ x: 1 });
  });

  test("`exit` completes the current scope", () => {
    expect(output("do: [a: { do: [b: { set: { x: 1 }, then: exit }, c: { set: { x: 2 } }] }, d: { set: '${ [.x] }' }]")).toEqual([1]);
  });
});

describe("data flow", () => {
  test("the input is validated, then transformed, and passed to the first task as its raw input", () => {
    const flow = "input: { schema: { document: { type: object, required: [a] } }, from: .a }\ndo: [see: { set: '${ [., $task.input] }' }]";
    expect(output(flow, { input: { a: 5 } })).toEqual([5, 5]);
    expect(error(flow, { input: {} })).toMatchObject({ type: `${standard}/validation`, status: 400 });
  });

  test("a task's raw input can be validated before it is transformed", () => {
    const flow = "do: [a: { input: { schema: { document: { type: string } }, from: 'length' }, set: '${ . }' }]";
    expect(output(flow, { input: "four" })).toBe(4);
    expect(error(flow, { input: 4 })).toMatchObject({ type: `${standard}/validation`, instance: "/do/0/a" });
  });

  test("`output.as` evaluates the raw output; its result is the input of the next task", () => {
    expect(output("do: [a: { set: { x: 2 }, output: { as: .x } }, b: { set: '${ . * 10 }' }]")).toBe(20);
  });

  test("the transformed output is validated against `output.schema`", () => {
    const flow = "do: [a: { set: { x: 2 }, output: { as: .x, schema: { document: { type: string } } } }]";
    expect(error(flow)).toMatchObject({ type: `${standard}/validation`, instance: "/do/0/a" });
  });

  test("`export.as` evaluates the transformed output and replaces the context; `export.schema` validates it", () => {
    const export_ = (schema: string) =>
      `do: [a: { set: { x: 2 }, output: { as: .x }, export: { as: '{ n: . }'${schema} } }, b: { set: '\${ $context }' }]`;
    expect(output(export_(""))).toEqual({ n: 2 });
    expect(error(export_(", schema: { document: { type: string } }"))).toMatchObject({
      type: `${standard}/validation`,
      instance: "/do/0/a",
    });
  });

  test("the workflow's output is the last task's, transformed and validated", () => {
    expect(output("output: { as: '[.]' }\ndo: [a: { set: { x: 1 } }]")).toEqual([{ x: 1 }]);
    expect(error("output: { schema: { document: { type: string } } }\ndo: [a: { set: { x: 1 } }]")).toMatchObject({ instance: "/output" });
  });

  test("a task whose `if` is false is skipped, and the raw task input becomes its output", () => {
    const flow = "do: [a: { if: .go, input: { from: .nothing }, set: { x: 1 }, output: { as: .y }, then: end }, b: { set: '${ . }' }]";
    expect(output(flow, { input: { go: false } })).toEqual({ go: false });
  });

  test("the `if` expression is evaluated against the raw task input before any other expression", () => {
    expect(output("do: [a: { input: { from: .x }, if: .x == 1, set: '${ . }' }]", { input: { x: 1 } })).toBe(1);
  });
});

describe("runtime expressions", () => {
  test("a failing evaluation raises an expression error with status 400", () => {
    expect(error("do: [a: { set: '${ .a.b }' }]", { input: { a: 5 } })).toMatchObject({ type: `${standard}/expression`, status: 400 });
  });

  test("an expression that runs past its budget fails, and does not stop the engine", () => {
    const { type, detail } = error("do: [a: { set: '${ [range(1000000000)] | length }' }]") ?? {};
    expect(type).toBe(`${standard}/expression`);
    expect(detail).toContain("budget");
    expect(error("do: [a: { set: '${ def f: f; f }' }]")).toMatchObject({ status: 400 });
  });

  test("expressions embedded in input data must not be evaluated", () => {
    expect(output("do: [a: { set: { said: '${ .said }' } }]", { input: { said: "${ .secret }", secret: 1 } })).toEqual({
      said: "${ .secret }",
    });
  });

  test("`$input` is the task's transformed input, `$output` its transformed output, `$task.output` its raw output", () => {
    const flow =
      "do: [a: { input: { from: .x }, set: { y: 1 }, output: { as: '[$input, $task.output.y]' }, export: { as: '[$output, $input]' } }, b: { set: '${ $context }' }]";
    expect(output(flow, { input: { x: 7 } })).toEqual([[7, 1], 7]);
  });

  test("`$workflow.input` is the raw input, `$workflow.definition` the document", () => {
    const flow =
      "input: { from: .x }\ndo: [a: { set: '${ [$workflow.input, $workflow.definition.document.name, $workflow.startedAt.epoch.seconds] }' }]";
    expect(output(flow, { input: { x: 7 } })).toEqual([{ x: 7 }, "conformance", Date.UTC(2026, 0, 1) / 1000]);
  });

  test("`$task` tells name, reference and definition; `$runtime` who runs it", () => {
    const flow = "do: [a: { set: '${ [$task.name, $task.reference, ($task.definition | keys), $runtime.name] }' }]";
    expect(output(flow)).toEqual(["a", "/do/0/a", ["set"], "baton"]);
  });

  test("`$secrets` holds the declared secrets; a missing one is an authorization error", () => {
    const flow = "use: { secrets: [key] }\ndo: [a: { set: '${ $secrets.key }' }]";
    expect(output(flow, { secrets: { key: "k" } })).toBe("k");
    expect(error(flow)).toMatchObject({ type: `${standard}/authorization`, status: 403 });
  });
});

describe("for", () => {
  test("each item and its index are bound under the names that are given, `item` and `index` by default", () => {
    expect(output("do: [a: { for: { in: .l }, do: [b: { set: '${ [$item, $index] }' }] }]", { input: { l: ["x", "y"] } })).toEqual([
      "y",
      1,
    ]);
    expect(output("do: [a: { for: { in: .l, each: e, at: i }, do: [b: { set: '${ [$e, $i] }' }] }]", { input: { l: ["x"] } })).toEqual([
      "x",
      0,
    ]);
  });

  test("`in` may be an inline array", () => {
    expect(output("do: [a: { for: { in: [1, 2], each: n }, do: [b: { set: { sum: '${ (.sum // 0) + $n }' } }] }]")).toEqual({ sum: 3 });
  });

  test("`while` must be met for the iteration to continue", () => {
    const flow =
      "do: [a: { for: { in: [1, 2, 3], each: n }, while: '(.sum // 0) < 3', do: [b: { set: { sum: '${ (.sum // 0) + $n }' } }] }]";
    expect(output(flow)).toEqual({ sum: 3 });
  });
});

describe("fork", () => {
  const branches = `branches: [a: { do: [w: { wait: PT2S }, x: { set: { n: 1 } }] }, b: { do: [w: { wait: PT1S }, x: { set: { n: 2 } }] }]`;

  test("the task returns an array with the outputs of the branches, in the order in which they are declared", () => {
    expect(output(`do: [f: { fork: { ${branches} } }]`)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("if `compete`, it returns only the output of the winning branch", () => {
    const outcome = runFlow(`do: [f: { fork: { compete: true, ${branches} } }]`);
    expect(outcome.run.output).toEqual({ n: 2 });
    expect(outcome.elapsed).toBe(1000);
  });
});

describe("switch", () => {
  const flow =
    "do: [s: { switch: [a: { when: .x > 5, then: big }, b: { when: .x > 1, then: middle }, c: { then: small }] }, big: { set: { is: big }, then: end }, middle: { set: { is: middle }, then: end }, small: { set: { is: small } }]";

  test.each([
    [9, "big"],
    [3, "middle"],
    [0, "small"],
  ])("%d takes its case, and the default matches if no other does", (x, is) => {
    expect(output(flow, { input: { x } })).toEqual({ is });
  });
});

describe("try", () => {
  const catching = (rest: string) => `do: [t: { try: [a: ${call}], catch: ${rest} }]`;

  test.each([
    [`{ errors: { with: { status: 503 } } }`, true],
    [`{ errors: { with: { status: 500 } } }`, false],
    [`{ errors: { with: { type: ${standard}/communication } } }`, true],
    ["{ errors: { with: { type: https://serverlessworkflow.io/dsl/errors/types/communication } } }", true],
    [`{ errors: { with: { type: ${standard}/timeout } } }`, false],
    ["{ errors: { with: { instance: /do/0/t/try/0/a } } }", true],
    ["{ when: $error.status == 503 }", true],
    ["{ exceptWhen: $error.status == 503 }", false],
    ["{ as: problem, when: $problem.status == 503 }", true],
    ["{}", true],
  ])("`catch: %s` catches a 503: %s", (rule, isCaught) => {
    expect(runFlow(catching(rule), { work: () => failed(503) }).run.status).toBe(isCaught ? "completed" : "faulted");
  });

  test("`do` runs the tasks when an error is caught, with the error under the name of `as`", () => {
    const flow = catching("{ as: e, do: [h: { set: '${ $e.instance }' }] }");
    expect(output(flow, { work: () => failed(503) })).toBe("/do/0/t/try/0/a");
  });

  test("`then` determines the next transition for the catch path", () => {
    const flow = `do: [t: { try: [a: ${call}], catch: { then: failed } }, fine: { set: { is: fine }, then: end }, failed: { set: { is: failed } }]`;
    expect(output(flow, { work: () => failed(503) })).toEqual({ is: "failed" });
    expect(output(flow)).toEqual({ is: "fine" });
  });

  test.each([
    ["constant: {}", 3 + 3 + 3],
    ["linear: {}", 3 + 6 + 9],
    ["exponential: {}", 3 + 6 + 12],
  ])("retries with backoff `%s` wait %d seconds in all", (backoff, seconds) => {
    const flow = catching(`{ retry: { delay: { seconds: 3 }, backoff: { ${backoff} }, limit: { attempt: { count: 3 } } } }`);
    const outcome = runFlow(flow, { work: () => failed(503) });
    expect(outcome.asked).toHaveLength(4);
    expect(outcome.elapsed).toBe(seconds * 1000);
  });

  test("a retry that succeeds ends the retrying; its output is the task's", () => {
    const flow = catching("{ retry: { delay: PT1S, limit: { attempt: { count: 5 } } } }");
    const outcome = runFlow(flow, { work: (_, number) => (number < 2 ? failed(503) : { output: "at last" }) });
    expect(outcome.run.output).toBe("at last");
    expect(outcome.run.steps.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 3]);
  });

  test("a retry policy can be reused by name", () => {
    const flow = `use: { retries: { twice: { limit: { attempt: { count: 2 } } } } }\n${catching("{ retry: twice }")}`;
    expect(runFlow(flow, { work: () => failed(503) }).asked).toHaveLength(3);
  });
});

describe("timeouts", () => {
  test("a timeout abruptly interrupts the task and raises an error of type timeout with status 408", () => {
    const flow = "do: [a: { timeout: { after: PT5S }, do: [b: { wait: PT1H }] }]";
    const outcome = runFlow(flow);
    expect(outcome.run.error).toMatchObject({ type: `${standard}/timeout`, status: 408, instance: "/do/0/a" });
    expect(outcome.run.steps.map(({ status }) => status)).toEqual(["faulted", "cancelled"]);
    expect(outcome.elapsed).toBe(5000);
  });

  test("and so for a workflow, inline or by name", () => {
    expect(error("timeout: { after: PT5S }\ndo: [b: { wait: PT1H }]")).toMatchObject({ status: 408, instance: "/timeout" });
    expect(error("use: { timeouts: { short: { after: PT5S } } }\ntimeout: short\ndo: [b: { wait: PT1H }]")).toMatchObject({ status: 408 });
  });
});

describe("errors", () => {
  test("a raised error has a type, a status and an instance that points at what raised it", () => {
    expect(error(`do: [a: { do: [b: { raise: { error: { type: https://e.test/x, status: 418, title: Tea } } }] }]`)).toEqual({
      type: "https://e.test/x",
      status: 418,
      title: "Tea",
      instance: "/do/0/a/do/0/b",
    });
  });

  test("an error can be reused by name, with expressions in it", () => {
    const flow =
      "use: { errors: { mine: { type: https://e.test/x, status: 400, detail: '${ .why }' } } }\ndo: [a: { raise: { error: mine } }]";
    expect(error(flow, { input: { why: "so" } })).toMatchObject({ detail: "so", instance: "/do/0/a" });
  });
});

describe("calls and runs", () => {
  test("a URI template takes top-level properties; what is missing is empty; an object is an expression error", () => {
    const flow = "do: [a: { call: http, with: { method: get, endpoint: 'https://p.test/{id}/{pet.id}/{none}' } }]";
    const { asked } = runFlow(flow, { input: { id: "a b", pet: { id: 1 } } });
    expect(asked[0]).toMatchObject({ method: "GET", uri: "https://p.test/a%20b//" });
    expect(error(flow, { input: { id: {} } })).toMatchObject({ type: `${standard}/expression`, status: 400 });
  });

  test("a function runs with its arguments as input", () => {
    const flow =
      "use: { functions: { get: { call: http, with: { method: get, endpoint: 'https://p.test/{id}' } } } }\ndo: [a: { call: get, with: { id: '${ .n + 1 }' } }]";
    expect(runFlow(flow, { input: { n: 1 } }).asked[0]).toMatchObject({ uri: "https://p.test/2" });
  });

  test("a function sees none of the variables around its call, and its own are its own", () => {
    const flow = `use: { functions: { f: { do: [g: { for: { in: .l, each: n }, do: [h: { set: "\${ . as $x | $n as $y | [$x, $y] }" }] }] } } }
do: [a: { for: { in: [1, 2], each: outer }, do: [b: { call: f, with: { l: [3] } }] }]`;
    expect(output(flow)).toEqual([{ l: [3] }, 3]);
  });

  test("a process that is not awaited outputs the task's transformed input", () => {
    const flow = "do: [a: { input: { from: .x }, run: { shell: { command: 'true' }, await: false } }]";
    expect(output(flow, { input: { x: 5 }, work: () => ({ output: "ignored" }) })).toBe(5);
  });

  test("a sub-flow gets its input and gives its output; its error is the task's", () => {
    const flow = "do: [a: { run: { workflow: { namespace: n, name: w, version: 1.0.0, input: { v: '${ .x }' } } } }]";
    expect(output(flow, { input: { x: 5 }, subflow: (input) => ({ output: [input] }) })).toEqual([{ v: 5 }]);
    expect(error(flow, { subflow: () => failed(502) })).toMatchObject({ status: 502, instance: "/do/0/a" });
  });

  test("wait delays the execution for the time given", () => {
    expect(runFlow("do: [a: { wait: { minutes: 1, seconds: 30 } }, b: { wait: PT0.5S }]").elapsed).toBe(90_500);
    expect(runFlow("do: [a: { wait: '${ .for }' }]", { input: { for: "PT2S" } }).elapsed).toBe(2000);
  });
});

describe("expression modes", () => {
  const loose = (flow: string, input: Json = {}): Json => output(`evaluate: { mode: loose }\n${flow}`, { input });

  test("strict requires all expressions to be enclosed within `${ }`; it is the default", () => {
    const flow = "do: [a: { set: { bare: .x, marked: '${ .x }' } }]";
    expect(output(flow, { input: { x: 1 } })).toEqual({ bare: ".x", marked: 1 });
    expect(output(`evaluate: { mode: strict }\n${flow}`, { input: { x: 1 } })).toEqual({ bare: ".x", marked: 1 });
  });

  test("loose evaluates any value provided", () => {
    const flow = `do: [a: { set: { bare: .x, marked: '\${ .x }', sum: '.x + 1', number: "42", deep: [.x, { y: .x }], text: 'x is \${ .x }' } }]`;
    expect(loose(flow, { x: 1 })).toEqual({ bare: 1, marked: 1, sum: 2, number: 42, deep: [1, { y: 1 }], text: "x is 1" });
  });

  test("if the evaluation fails, it results in a string with the expression as its content", () => {
    const flow = `do: [a: { set: { words: Hello there!, url: 'https://example.com/a', fails: '.x.y', marked: '\${ .x | }', raised: 'error("no")' } }]`;
    const texts = { words: "Hello there!", url: "https://example.com/a", fails: ".x.y", marked: "${ .x | }", raised: 'error("no")' };
    expect(loose(flow, { x: 1 })).toEqual(texts);
  });

  test("an expression that runs past its budget is an error in both modes", () => {
    for (const mode of ["strict", "loose"])
      expect(error(`evaluate: { mode: ${mode} }\ndo: [a: { set: '\${ [range(1e9)] | length }' }]`)).toMatchObject({
        type: `${standard}/expression`,
      });
  });

  test("loose holds for conditions, durations, calls and what leaves a task alike", () => {
    const flow = `
do:
  - pause: { wait: .pause, output: { as: '{ kept: .id }' } }
  - skipped: { if: .kept != 7, set: { never: 1 } }
  - ask: { call: http, with: { method: post, endpoint: .nowhere | tostring, headers: { x-id: .kept }, body: { id: .kept } } }
`;
    const { asked, elapsed } = runFlow(`evaluate: { mode: loose }\n${flow}`, { input: { pause: "PT2S", id: 7 } });
    expect(elapsed).toBe(2000);
    expect(asked).toMatchObject([{ kind: "http", method: "POST", uri: "null", headers: { "x-id": "7" }, body: { id: 7 } }]);
  });

  test("text that came in as data is never evaluated", () => {
    expect(loose("do: [a: { set: { copy: .text } }, b: { set: { again: .copy } }]", { text: ".secret" })).toEqual({ again: ".secret" });
  });

  test("a shell's command is a text of the shell", () => {
    const { asked } = runFlow("evaluate: { mode: loose }\ndo: [a: { run: { shell: { command: env, arguments: [.x] } } }]", {
      input: { x: "1" },
    });
    expect(asked).toMatchObject([{ code: "env", arguments: ["1"] }]);
  });
});
