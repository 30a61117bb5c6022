// Short words for the tasks of test workflows (build.ts says what each amounts to).
import type { Json } from "@baton/core";
import { ms, type CatchSpec, type Common, type Fn, type RetrySpec, type Spec, type Written } from "./build.ts";

/** An expression: its jq text, for messages, and what it does. */
export function fn(source: string, f: Fn["f"]): Fn {
  return { source, f };
}

/** A value written down. */
export function constant(value: Json): Written {
  return { constant: value };
}

/** An object's field, null where there is none: what `.name` gives. */
export function field(value: Json | undefined, name: string): Json {
  const object = value as { readonly [name: string]: Json } | null | undefined;
  return object?.[name] ?? null;
}

/** The jq expression `.name`. */
export function dot(name: string): Fn {
  return fn(`.${name}`, (input) => field(input, name));
}

/** The jq expression `$name`. */
export function variable(name: string): Fn {
  return fn(`$${name}`, (_, variables) => variables[name] ?? null);
}

/** An expression that fails. */
export function broken(message: string): Fn {
  return fn("error", () => {
    throw new Error(message);
  });
}

/** `set` to a constant or by an expression. */
export function set(name: string, value: Written, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "set", value } };
}

/** A call over HTTP; its input is the body. */
export function http(name: string, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "http", body: fn(".", (input) => input) } };
}

/** A list of tasks. */
export function list(name: string, tasks: readonly Spec[], common: Common = {}): Spec {
  return { ...common, name, task: { kind: "do", do: tasks } };
}

/** Branches that join. */
export function fork(name: string, branches: readonly Spec[], common: Common = {}): Spec {
  return { ...common, name, task: { kind: "fork", compete: false, branches } };
}

/** Branches that compete. */
export function race(name: string, branches: readonly Spec[], common: Common = {}): Spec {
  return { ...common, name, task: { kind: "fork", compete: true, branches } };
}

/** A loop over `in`, with `item` and `index`. */
export function loop(name: string, items: Written, tasks: readonly Spec[], common: Common & { readonly while?: Fn } = {}): Spec {
  const { while: condition, ...rest } = common;
  return { ...rest, name, task: { kind: "for", in: items, do: tasks, ...(condition && { while: condition }) } };
}

/** A try. */
export function attempt(name: string, tasks: readonly Spec[], answer: CatchSpec = {}, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "try", try: tasks, catch: answer } };
}

/** Branching by conditions. */
export function choose(name: string, cases: readonly { readonly when?: Fn; readonly then: string }[], common: Common = {}): Spec {
  return { ...common, name, task: { kind: "switch", cases } };
}

/** Faults with a type and a status. */
export function raise(name: string, type: string, status = 500, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "raise", type, status } };
}

/** Waits for so many milliseconds. */
export function wait(name: string, milliseconds: number, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "wait", ms: milliseconds } };
}

/** Calls one of the workflow's own functions. */
export function call(name: string, task: Spec, own: Common & { readonly with?: Written } = {}): Spec {
  const { with: given, ...common } = own;
  return { ...common, name, task: { kind: "function", task, ...(given && { with: given }) } };
}

/** Runs a shell command. */
export function shell(name: string, awaited = true, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "shell", await: awaited, command: constant("true") } };
}

/** Runs another workflow on the step's input. */
export function subflow(name: string, awaited = true, common: Common = {}): Spec {
  return { ...common, name, task: { kind: "workflow", await: awaited, input: fn(".", (input) => input) } };
}

/** A retry policy: milliseconds and a count, the rest as it is. */
export function retry(delayMs: number, attemptCount: number, own: Partial<RetrySpec> = {}): RetrySpec {
  const limit = { attemptCount, ...own.limit };
  return { delay: { kind: "constant", duration: ms(delayMs) }, backoff: { kind: "constant" }, ...own, limit };
}
