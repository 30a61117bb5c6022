import { assert, type Json } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { expect, test } from "vitest";
import { decodeState, encodeState } from "./index.ts";
import { Scenario } from "./testing/scenario.ts";

/** A run of these tasks under these extensions, started. */
function run(extensions: string, tasks: string, input: Json = { x: 1 }): Scenario {
  const compiled = compileWorkflow(`document: { dsl: '1.0.3', namespace: n, name: f, version: '1.0.0' }
use: { extensions: [${extensions}] }
do: ${tasks}`);
  assert(compiled.ok, `Expected a workflow, but got ${JSON.stringify(compiled)}.`);
  return new Scenario(compiled.workflow).start(input);
}

const set = (name: string, value: string, then = "continue"): string => `{ ${name}: { set: ${value}, then: ${then} } }`;
const around = `{ log: { extend: set, before: [${set("b", "{ b: 1 }")}], after: [${set("c", "{ c: 1 }")}] } }`;
const names = ({ view }: Scenario): string[] => view.steps.map(({ name, kind }) => (kind === "set" ? name : `(${name})`));

test("tasks run before and after, and what they give is dropped", () => {
  const extended = run(around, `[{ a: { set: '\${ .x + 1 }' } }]`);
  expect(names(extended)).toEqual(["(a)", "b", "a", "(after)", "c"]);
  expect(extended.view).toMatchObject({ status: "completed", output: 2 });
});

test("their references point into the extension, and the task keeps its own", () => {
  expect(run(around, `[${set("a", "{ k: 1 }")}]`).view.steps.map(({ reference }) => reference)).toEqual([
    "/do/0/a",
    "/use/extensions/0/log/before/0/b",
    "/do/0/a",
    "/use/extensions/0/log/after",
    "/use/extensions/0/log/after/0/c",
  ]);
});

test("a `before` that ends with `exit` skips the task, whose output is then its own", () => {
  const mocked = run(`{ mock: { extend: set, before: [${set("b", "{ b: 1 }", "exit")}] } }`, `[${set("a", "{ a: 1 }")}]`);
  expect(names(mocked)).toEqual(["(a)", "b"]);
  expect(mocked.view.output).toEqual({ b: 1 });
});

test("an extension applies when its condition says so, once asked", () => {
  const when = `{ some: { extend: all, when: '$task.name == "a"', before: [${set("b", "{ b: '${ $task.reference }' }", "exit")}] } }`;
  const tasks = `[${set("a", "{ a: 1 }")}, { c: { set: '\${ . + {c: 1} }' } }]`;
  expect(run(when, tasks).view).toMatchObject({ status: "completed", output: { b: "/do/0/a", c: 1 } });
});

test("the first extension is the outermost", () => {
  const named = (name: string): string =>
    `{ ${name}: { extend: set, before: [${set(`b-${name}`, "{ k: 1 }")}], after: [${set(`a-${name}`, "{ k: 1 }")}] } }`;
  const steps = names(run(`${named("one")}, ${named("two")}`, `[${set("t", "{ k: 1 }")}]`)).filter((name) => !name.startsWith("("));
  expect(steps).toEqual(["b-one", "b-two", "t", "a-two", "a-one"]);
});

test("where the flow goes after the task is the task's own", () => {
  const all = around.replace("extend: set", "extend: all");
  const tasks = `[{ s: { switch: [{ one: { when: '.x == 1', then: last } }] } }, ${set("no", "{ k: 1 }")}, ${set("last", "{ y: 1 }", "exit")}, ${set("never", "{ k: 1 }")}]`;
  for (const extension of [all, all.replace("extend:", "when: 'true', extend:")]) {
    const { view } = run(extension, tasks);
    expect(view).toMatchObject({ status: "completed", output: { y: 1 } });
    expect(view.steps.map(({ name }) => name)).not.toContain("no");
    expect(view.steps.map(({ name }) => name)).not.toContain("never");
  }
});

test("a task that is skipped is not extended, and one that faults is not followed", () => {
  expect(names(run(around, `[{ a: { if: 'false', set: { k: 1 } } }]`))).toEqual(["(a)"]);
  const faulty = run(
    `{ log: { extend: raise, after: [${set("c", "{ k: 1 }")}] } }`,
    `[{ a: { raise: { error: { type: 'urn:x', status: 400 } } } }]`,
  );
  expect(faulty.view).toMatchObject({ status: "faulted", error: { instance: "/do/0/a" } });
  expect(faulty.view.steps.map(({ name }) => name)).toEqual(["a", "a"]);
});

test.each([
  ["do", "do: [{ in: { wait: PT1S } }]"],
  ["for", "{ for: { in: '[1]' }, do: [{ in: { wait: PT1S } }] }"],
  ["fork", "fork: { branches: [{ in: { wait: PT1S } }] }"],
  ["try", "{ try: [{ in: { wait: PT1S } }], catch: {} }"],
  ["wait", "wait: PT1S"],
  ["run", "run: { shell: { command: ls } }"],
  ["call", "{ call: http, with: { method: get, endpoint: 'https://x.test' } }"],
  ["emit", "emit: { event: { with: { source: 'https://x.test', type: t } } }"],
  ["listen", "listen: { to: { one: { with: { type: t } } } }"],
  ["switch", "switch: [{ d: { then: continue } }]"],
  ["raise", "raise: { error: { type: 'urn:x', status: 400 } }"],
])("%s can be extended", (kind, task) => {
  const written = task.startsWith("{") ? task : `{ ${task} }`;
  const extended = run(`{ log: { extend: ${kind}, before: [${set("b", "{ k: 1 }", "exit")}] } }`, `[{ a: ${written} }]`);
  expect(names(extended)).toEqual(["(a)", "b"]);
  expect(extended.view.status).toBe("completed");
});

test("a run that lies in an extended task is restored from its snapshot", () => {
  const waiting = run(
    `{ log: { extend: switch, after: [{ w: { wait: PT1S } }] } }`,
    `[{ s: { switch: [{ one: { then: last } }] } }, ${set("no", "{ k: 1 }")}, ${set("last", "{ y: 1 }")}]`,
  );
  const { state, workflow } = waiting.world;
  assert(state !== null, "Expected a run that has started.");
  const restored = decodeState(workflow, encodeState(state));
  expect(restored).toEqual(state);
  waiting.world.state = restored;
  expect(waiting.fire().view).toMatchObject({ status: "completed", output: { y: 1 } });
  expect(waiting.view.steps.map(({ name }) => name)).not.toContain("no");
});
