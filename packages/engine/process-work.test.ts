import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { RunTask, ScriptProcess, ShellProcess } from "@baton/dsl";
import { processWork } from "./process-work.ts";
import { computed, fixed, someScope } from "./testing/scope.ts";

function work(process: ShellProcess | ScriptProcess, input: Json = {}) {
  const task: RunTask = {
    kind: "run",
    name: "a",
    reference: "/do/0/a",
    definition: {},
    scope: [],
    then: { kind: "continue" },
    run: process,
    await: true,
    return: "all",
  };
  return processWork(someScope(), task, process, input);
}

test("a shell command, evaluated", () => {
  const process: ShellProcess = {
    kind: "shell",
    command: computed((input) => `echo ${JSON.stringify(input)}`),
    arguments: fixed(["a", 1, { b: 2 }]),
    stdin: computed((input) => input),
    environment: fixed({ NAME: "x", COUNT: 3 }),
  };
  expect(work(process, { n: 1 })).toEqual({
    kind: "shell",
    code: 'echo {"n":1}',
    arguments: ["a", "1", '{"b":2}'],
    stdin: '{"n":1}',
    environment: { NAME: "x", COUNT: "3" },
    return: "all",
  });
});

test("a script says its language; without stdin there is none, and null is none either", () => {
  const script: ScriptProcess = { kind: "script", language: "js", code: fixed("1") };
  expect(work(script)).toEqual({ kind: "script", language: "js", code: "1", arguments: [], environment: {}, return: "all" });
  expect(work({ ...script, stdin: fixed(null) })).not.toHaveProperty("stdin");
});

test("arguments must be an array, the environment an object", () => {
  const shell: ShellProcess = { kind: "shell", command: fixed("true") };
  expect(() => work({ ...shell, arguments: fixed("a") })).toThrow("Expression failed");
  expect(() => work({ ...shell, environment: fixed([]) })).toThrow("Expression failed");
});
