import { expect, test } from "vitest";
import type { Json, JsonObject } from "@baton/core";
import { compileDefinition, compileWorkflow, type Task, type Workflow } from "./index.ts";

const document = { dsl: "1.0.3", namespace: "test", name: "compile", version: "0.1.0" };

const compiled = (definition: JsonObject): Workflow => {
  const result = compileDefinition({ document, ...definition });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.workflow;
};

/** A form as data: an expression is its source, a pattern its text. */
const plain = (form: unknown): unknown =>
  JSON.parse(
    JSON.stringify(form, (_key, value: unknown) =>
      typeof value === "object" && value !== null && "cardinality" in value && "source" in value
        ? `jq ${String(value.source).trim()}`
        : value,
    ),
  );

/** The fields of a task's own kind, as data. */
const ownFields = (task: Task | undefined): unknown => {
  const { name: _name, reference: _reference, definition: _definition, scope: _scope, then: _then, ...own } = task as Task;
  return plain(own);
};

const taskOf = (task: JsonObject, more: JsonObject = {}): unknown => ownFields(compiled({ do: [{ task }], ...more }).do[0]);
const constant = (value: Json) => ({ kind: "constant", value });
const expression = (source: string) => ({ kind: "expression", expression: `jq ${source}` });
const ms = (count: number) => ({ kind: "constant", duration: { months: 0, ms: count } });

test("a workflow knows its name, its data rules and all its tasks by reference", () => {
  const workflow = compiled({
    document: { ...document, title: "A title", summary: "Why", tags: { team: "a", tier: 1 } },
    use: { secrets: ["key"], timeouts: { long: { after: "PT1H" } } },
    input: { from: ".order" },
    output: { as: { total: "${ .sum }", fixed: 1 } },
    timeout: "long",
    do: [
      { "a/b": { do: [{ inner: { set: { key: "${ $secrets.key }" } } }] } },
      { branch: { fork: { branches: [{ left: { set: { a: 1 } } }, { right: { set: { b: 2 } } }] } } },
      { attempt: { try: [{ risky: { set: { a: 1 } } }], catch: { do: [{ report: { set: { a: 1 } } }] } } },
      { loop: { for: { in: ".items" }, do: [{ each: { set: { a: 1 } } }] } },
    ],
  });
  expect(workflow).toMatchObject({ namespace: "test", name: "compile", version: "0.1.0", dsl: "1.0.3", title: "A title", summary: "Why" });
  expect(workflow.tags).toEqual({ team: "a", tier: "1" });
  expect(workflow.secrets).toEqual(["key"]);
  expect(plain({ input: workflow.input, output: workflow.output, timeout: workflow.timeout })).toEqual({
    input: { from: expression(".order") },
    output: {
      as: {
        kind: "object",
        entries: [
          ["total", expression(".sum")],
          ["fixed", constant(1)],
        ],
      },
    },
    timeout: ms(3_600_000),
  });
  expect([...workflow.tasks.keys()].sort()).toEqual([
    "/do/0/a~1b",
    "/do/0/a~1b/do/0/inner",
    "/do/1/branch",
    "/do/1/branch/fork/branches/0/left",
    "/do/1/branch/fork/branches/1/right",
    "/do/2/attempt",
    "/do/2/attempt/catch/do/0/report",
    "/do/2/attempt/try/0/risky",
    "/do/3/loop",
    "/do/3/loop/do/0/each",
  ]);
  for (const [reference, task] of workflow.tasks) expect(task.reference).toBe(reference);
  expect(workflow.definition["do"]).toHaveLength(4);
});

test("what every task has", () => {
  const [task, last] = compiled({
    do: [
      {
        task: {
          if: "${ .ready }",
          input: { from: { a: "${ .b }" } },
          output: { as: ".c" },
          export: { as: "$context + ." },
          timeout: { after: { minutes: 2 } },
          then: "last",
          metadata: { baton: { priority: 5, expected: "PT20S" } },
          set: { x: 1 },
        },
      },
      { last: { set: { y: 2 }, then: "exit" } },
    ],
  }).do;
  expect(plain(task)).toMatchObject({
    name: "task",
    reference: "/do/0/task",
    scope: [],
    if: "jq .ready",
    input: { from: { kind: "object", entries: [["a", expression(".b")]] } },
    output: { as: expression(".c") },
    export: { as: expression("$context + .") },
    timeout: ms(120_000),
    then: { kind: "task", index: 1 },
  });
  expect(task?.definition).toMatchObject({ set: { x: 1 }, then: "last" });
  expect(last?.then).toEqual({ kind: "exit" });
});

test("values: constants, expressions, texts with expressions, and data that only looks like one", () => {
  const set = {
    a: 1,
    b: ".user",
    c: "${ .user }",
    d: "Hi ${ .user }!",
    e: ["x", "${ .y }"],
    f: { g: [1, { h: null }] },
    i: "cd ${HOME}",
    j: "${ 1 }",
  };
  expect(taskOf({ set })).toEqual({
    kind: "set",
    set: {
      kind: "object",
      entries: [
        ["a", constant(1)],
        ["b", constant(".user")],
        ["c", expression(".user")],
        ["d", { kind: "text", parts: ["Hi ", "jq .user", "!"] }],
        ["e", { kind: "array", items: [constant("x"), expression(".y")] }],
        ["f", constant({ g: [1, { h: null }] })],
        ["i", constant("cd ${HOME}")],
        ["j", expression("1")],
      ],
    },
  });
  expect(taskOf({ set: "$context.x" })).toEqual({ kind: "set", set: expression("$context.x") });
});

test("switch: cases in order, one of them without a condition", () => {
  const task = { switch: [{ yes: { when: ".a", then: "end" } }, { no: { then: "task" } }] };
  expect(taskOf(task)).toEqual({
    kind: "switch",
    cases: [
      { name: "yes", when: "jq .a", then: { kind: "end" } },
      { name: "no", then: { kind: "task", index: 0 } },
    ],
  });
});

test("for: the body sees the item and the index, the innermost of a name", () => {
  const workflow = compiled({
    do: [
      {
        outer: {
          for: { each: "pet", in: ".pets" },
          while: "$pet.ok and $index < 3",
          do: [{ inner: { for: { in: [1, "${ .x }"], at: "i" }, do: [{ leaf: { set: { a: "${ [$pet, $index, $item, $i] }" } } }] } }],
        },
      },
    ],
  });
  const outer = workflow.do[0];
  expect(plain(outer)).toMatchObject({ each: "pet", at: "index", in: expression(".pets"), while: "jq $pet.ok and $index < 3", scope: [] });
  const inner = workflow.tasks.get("/do/0/outer/do/0/inner");
  expect(plain(inner)).toMatchObject({
    each: "item",
    at: "i",
    in: { kind: "array", items: [constant(1), expression(".x")] },
    scope: ["pet", "index"],
  });
  const leaf = workflow.tasks.get("/do/0/outer/do/0/inner/do/0/leaf");
  expect(leaf?.scope).toEqual(["pet", "index", "item", "i"]);
});

test("variables lie in slots: the standard ones, then those of the scope, the innermost of a name", () => {
  const workflow = compiled({
    do: [
      { a: { for: { each: "x", in: ".xs" }, do: [{ b: { for: { each: "x", in: "$x" }, do: [{ c: { set: "[$x, $index, $input]" } }] } }] } },
    ],
  });
  const leaf = workflow.tasks.get("/do/0/a/do/0/b/do/0/c");
  if (leaf?.kind !== "set" || leaf.set.kind !== "expression") throw new Error("expected an expression");
  const standard = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(leaf.set.expression.first(null, [...standard, "outer x", 0, "inner x", 1], { now: 0 })).toEqual(["inner x", 1, 2]);
});

test("fork, do, raise and wait", () => {
  expect(taskOf({ fork: { compete: true, branches: [] } })).toEqual({ kind: "fork", compete: true, branches: [] });
  expect(taskOf({ do: [] })).toEqual({ kind: "do", do: [] });
  expect(taskOf({ wait: { days: 1, milliseconds: 5 } })).toEqual({ kind: "wait", wait: ms(86_400_005) });
  expect(taskOf({ wait: "P1M" })).toEqual({ kind: "wait", wait: { kind: "constant", duration: { months: 1, ms: 0 } } });
  expect(taskOf({ wait: "${ .delay }" })).toEqual({ kind: "wait", wait: expression(".delay") });
  const error = { type: "https://example.com/{kind}", status: "${ .code }", title: "Order ${ .id }", instance: "/do/0" };
  const form = {
    type: constant("https://example.com/{kind}"),
    status: expression(".code"),
    title: { kind: "text", parts: ["Order ", "jq .id"] },
    instance: constant("/do/0"),
  };
  expect(taskOf({ raise: { error } })).toEqual({ kind: "raise", error: form });
  expect(taskOf({ raise: { error: "named" } }, { use: { errors: { named: error } } })).toEqual({ kind: "raise", error: form });
});

test("try: what is caught, under which name, and what then", () => {
  const task = {
    try: [{ risky: { set: { a: 1 } } }],
    catch: {
      errors: { with: { type: "https://serverlessworkflow.io/spec/1.0.0/errors/timeout", status: 408, details: "why" } },
      as: "problem",
      when: "$problem.status == 408",
      exceptWhen: "${ $problem.title == null }",
      do: [{ report: { set: { a: "${ $problem }" } } }],
      then: "exit",
    },
  };
  expect(taskOf(task)).toMatchObject({
    try: [{ name: "risky", scope: [] }],
    catch: {
      with: { type: "https://serverlessworkflow.io/spec/1.0.0/errors/timeout", status: 408, detail: "why" },
      as: "problem",
      when: "jq $problem.status == 408",
      exceptWhen: "jq $problem.title == null",
      do: [{ name: "report", scope: ["problem"], reference: "/do/0/task/catch/do/0/report" }],
      then: { kind: "exit" },
    },
  });
  expect(taskOf({ try: [], catch: {} })).toEqual({ kind: "try", try: [], catch: { as: "error" } });
});

const policy = {
  when: "$error.status >= 500",
  delay: "PT1S",
  backoff: { exponential: { factor: 3, maxDelay: "PT1M" } },
  jitter: { from: "PT0S", to: { milliseconds: 500 } },
  limit: { attempt: { count: 5, duration: "PT10S" }, duration: "${ .patience }" },
};
test.each([
  ["inline", policy, {}],
  ["by name", "named", { use: { retries: { named: policy } } }],
])("a retry policy, %s", (_how, retry, more) => {
  expect(taskOf({ try: [], catch: { retry } }, more)).toMatchObject({
    catch: {
      retry: {
        when: "jq $error.status >= 500",
        delay: ms(1000),
        backoff: { kind: "exponential", factor: 3, maxDelay: ms(60_000) },
        jitter: { from: ms(0), to: ms(500) },
        limit: { attemptCount: 5, attemptDuration: ms(10_000), duration: expression(".patience") },
      },
    },
  });
});

test("call: http, with everything that can be said", () => {
  const task = {
    call: "http",
    with: {
      method: "POST",
      endpoint: { uri: "https://example.com/{id}/${ .part }" },
      headers: { accept: "text/plain", "x-id": "${ .id }", "x-count": 3 },
      query: "${ .query }",
      body: { a: "${ . }" },
      output: "response",
      redirect: true,
    },
  };
  expect(taskOf(task)).toEqual({
    kind: "call",
    call: {
      kind: "http",
      method: constant("POST"),
      endpoint: { kind: "uri", parts: ["https://example.com/", { variable: "id" }, "/", { expression: "jq .part" }] },
      headers: {
        kind: "object",
        entries: [
          ["accept", constant("text/plain")],
          ["x-id", expression(".id")],
          ["x-count", constant(3)],
        ],
      },
      query: expression(".query"),
      body: { kind: "object", entries: [["a", expression(".")]] },
      output: "response",
      redirect: true,
    },
  });
  expect(taskOf({ call: "http", with: { method: "get", endpoint: "${ .url }" } })).toMatchObject({
    call: { endpoint: { kind: "expression", template: expression(".url") }, output: "content", redirect: false },
  });
});

test("call: a function's task is compiled at the call, with nothing of the caller's scope", () => {
  const workflow = compiled({
    use: { functions: { outer: { do: [{ step: { call: "inner", with: { x: "${ .x }" } } }] }, inner: { set: { y: "${ .x }" } } } },
    do: [{ loop: { for: { in: ".items" }, do: [{ task: { call: "outer", with: { x: "${ $item }" } } }] } }],
  });
  const call = workflow.tasks.get("/do/0/loop/do/0/task");
  if (call?.kind !== "call" || call.call.kind !== "function") throw new Error("expected the call of a function");
  expect(plain(call.call.with)).toEqual({ kind: "object", entries: [["x", expression("$item")]] });
  expect(call.call.task).toMatchObject({ name: "outer", kind: "do", reference: "/do/0/loop/do/0/task", scope: [] });
  const step = workflow.tasks.get("/do/0/loop/do/0/task/do/0/step");
  expect(step).toMatchObject({ kind: "call", call: { name: "inner", task: { kind: "set", reference: "/do/0/loop/do/0/task/do/0/step" } } });
});

test("run: a shell command, a script, another workflow", () => {
  const shell = { command: 'echo "${ .user }"', arguments: ["-a", "${ .b }"], stdin: "${ . }", environment: { A: "x" } };
  expect(taskOf({ run: { shell, await: false, return: "all" } })).toEqual({
    kind: "run",
    run: {
      kind: "shell",
      command: { kind: "text", parts: ['echo "', "jq .user", '"'] },
      arguments: { kind: "array", items: [constant("-a"), expression(".b")] },
      stdin: expression("."),
      environment: constant({ A: "x" }),
    },
    await: false,
    return: "all",
  });
  expect(taskOf({ run: { script: { language: "javascript", code: "x" } } })).toMatchObject({
    run: { kind: "script", language: "js", code: constant("x") },
    await: true,
    return: "stdout",
  });
  expect(taskOf({ run: { workflow: { namespace: "a", name: "b", version: "latest", input: "${ . }" } } })).toMatchObject({
    run: { kind: "workflow", namespace: "a", name: "b", version: "latest", input: expression(".") },
  });
});

test("schemas are checked when a value comes", () => {
  const { input } = compiled({ input: { schema: { format: "json", document: { type: "object", required: ["id"] } } }, do: [] });
  expect(input?.schema?.document).toEqual({ type: "object", required: ["id"] });
  expect(input?.schema?.check({ id: 1 })).toEqual([]);
  expect(input?.schema?.check({})).toEqual([{ pointer: "", message: 'the property "id" is missing' }]);
});

test("a key such as `__proto__` is data like any other", () => {
  const text = `{"document":${JSON.stringify(document)},"do":[{"__proto__":{"set":{"__proto__":1,"constructor":"\${ .a }"}}}]}`;
  for (const format of ["json", "yaml"] as const) {
    const result = compileWorkflow(text, { format });
    if (!result.ok) throw new Error("expected a workflow");
    expect(JSON.stringify(result.workflow.definition)).toBe(text);
    expect(plain(result.workflow.tasks.get("/do/0/__proto__"))).toMatchObject({
      set: {
        kind: "object",
        entries: [
          ["__proto__", constant(1)],
          ["constructor", expression(".a")],
        ],
      },
    });
  }
});

test("the format is told by the file's name, or by the text", () => {
  const text = JSON.stringify({ document, do: [] });
  expect(compileWorkflow(text).ok).toBe(true);
  expect(compileWorkflow(`# a comment\n${text}`).ok).toBe(true);
  expect(compileWorkflow(`# a comment\n${text}`, { file: "flow.json" }).ok).toBe(false);
  expect(compileWorkflow(`${text} # a comment`).ok).toBe(true);
});

test("the same definition gives the same form from text and from its own JSON", () => {
  const workflow = compiled({ do: [{ a: { set: { x: "${ .y }" } } }] });
  const again = compileDefinition(workflow.definition);
  expect(again.ok && plain(again.workflow.do)).toEqual(plain(workflow.do));
});
