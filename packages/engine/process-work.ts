// The process of a `run`, evaluated (dsl-reference, "Shell Process", "Script Process").
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import type { RunTask, ScriptProcess, ShellProcess, Template } from "@baton/dsl";
import { describe, expressionError, fill, textOf } from "./evaluate.ts";
import { resourceRequest } from "./openapi-work.ts";
import type { Scope } from "./scope.ts";
import type { ProcessWork } from "./work.ts";

/** The process that a shell or script task amounts to, for the step's transformed input. */
export function processWork(scope: Scope, task: RunTask, process: ShellProcess | ScriptProcess, input: Json): ProcessWork {
  const stdin = process.stdin && fill(scope, process.stdin, input);
  return {
    kind: process.kind,
    code: process.kind === "shell" ? textOf(fill(scope, process.command, input)) : scriptOf(scope, process, input),
    ...(process.kind === "script" && { language: process.language }),
    ...(process.kind === "script" && process.source && { source: resourceRequest(scope, process.source, input) }),
    arguments: argumentsOf(scope, process.arguments, input),
    ...(stdin !== undefined && stdin !== null && { stdin: textOf(stdin) }),
    environment: environmentOf(scope, process.environment, input),
    return: task.return,
  };
}

function scriptOf(scope: Scope, { code, source, variables, language }: ScriptProcess, input: Json): string {
  if (source !== undefined) return "";
  const set = variables ? Object.entries(fill(scope, variables, input) as JsonObject) : [];
  return [
    ...set.map(([name, value]) => assignments[language](name, JSON.stringify(JSON.stringify(value)))),
    textOf(fill(scope, code, input)),
  ].join("\n");
}

/** A statement that sets a variable to what a JSON text holds; a text in JSON is a text in both languages. */
const assignments: { readonly [L in ScriptProcess["language"]]: (name: string, json: string) => string } = {
  js: (name, json) => `const ${name} = JSON.parse(${json});`,
  python: (name, json) => `${name} = __import__("json").loads(${json})`,
};

function argumentsOf(scope: Scope, template: Template | undefined, input: Json): string[] {
  const value = template ? fill(scope, template, input) : [];
  if (!isArray(value)) throw expressionError(scope, `The arguments should be an array, but they are ${describe(value)}.`);
  return value.map(textOf);
}

function environmentOf(scope: Scope, template: Template | undefined, input: Json): { [name: string]: string } {
  const value = template ? fill(scope, template, input) : {};
  if (!isObject(value)) throw expressionError(scope, `The environment should be an object, but it is ${describe(value)}.`);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, textOf(entry)]));
}
