// Builds workflows in the intermediate form by hand, for tests that must not depend on text, YAML or jq: expressions
// are functions of this program. Names are resolved and references written as the compiler does it.
import { defined, durationOf, type Duration, type Json } from "@baton/core";
import {
  standardVariables,
  type ConcurrencyRule,
  type DoTask,
  type DurationTemplate,
  type ErrorFilter,
  type EventFilter,
  type EventUntil,
  type FlowDirective,
  type RetryPolicy,
  type Task,
  type TaskBase,
  type TaskList,
  type Template,
  type Workflow,
} from "@baton/dsl";
import { ExpressionError, type Expression } from "@baton/expr";

/** An expression as a function of its input and of all variables by name. */
export interface Fn {
  readonly source: string;
  readonly f: (input: Json, variables: { readonly [name: string]: Json }) => Json;
}

/** A value that is written down, or computed. */
export type Written = Fn | { readonly constant: Json };

/** What any task may have. */
export interface Common {
  readonly if?: Fn;
  readonly from?: Written;
  readonly as?: Written;
  readonly export?: Written;
  readonly timeoutMs?: number;
  readonly idempotencyKey?: Written;
  /** What undoes it; sees the variable `done`. */
  readonly compensate?: readonly Spec[];
  /** `continue`, `exit`, `end` or the name of a task of the same list. */
  readonly then?: string;
}

/** A task of a list. */
export interface Spec extends Common {
  readonly name: string;
  readonly task: Kind;
}

/** What a task does. */
export type Kind =
  | { readonly kind: "set"; readonly value: Written }
  | { readonly kind: "do"; readonly do: readonly Spec[] }
  | { readonly kind: "switch"; readonly cases: readonly { readonly when?: Fn; readonly then: string }[] }
  | { readonly kind: "for"; readonly in: Written; readonly while?: Fn; readonly do: readonly Spec[] }
  | { readonly kind: "fork"; readonly compete: boolean; readonly branches: readonly Spec[] }
  | { readonly kind: "try"; readonly try: readonly Spec[]; readonly catch: CatchSpec }
  | { readonly kind: "raise"; readonly type: string; readonly status: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "http"; readonly body: Written }
  | { readonly kind: "function"; readonly with?: Written; readonly task: Spec }
  | { readonly kind: "shell"; readonly await: boolean; readonly command: Written }
  | { readonly kind: "workflow"; readonly await: boolean; readonly input: Written }
  | ListenSpec
  | { readonly kind: "emit"; readonly type: string; readonly data: Written };

/** A listen: for events by their types, all of them correlated by their subject where it says so. */
export interface ListenSpec {
  readonly kind: "listen";
  readonly to: "one" | "any" | "all";
  readonly types: readonly string[];
  readonly correlate?: boolean;
  /** A person may answer. */
  readonly approval?: boolean;
  readonly expect?: Written;
  /** A condition on the events so far, or the type of the event that ends the listening. */
  readonly until?: Fn | string;
  readonly foreach?: { readonly do?: readonly Spec[]; readonly as?: Written; readonly export?: Written };
}

/** What a try answers errors with. */
export interface CatchSpec {
  readonly with?: ErrorFilter;
  readonly when?: Fn;
  readonly exceptWhen?: Fn;
  readonly retry?: RetrySpec;
  readonly do?: readonly Spec[];
  readonly then?: string;
}

/** A retry policy. */
export interface RetrySpec extends Omit<RetryPolicy, "when" | "exceptWhen"> {
  readonly when?: Fn;
  readonly exceptWhen?: Fn;
}

/** What runs before and after tasks of a kind, or of all. */
export interface ExtensionSpec {
  readonly extend: Task["kind"] | "all";
  readonly when?: Fn;
  readonly before?: readonly Spec[];
  readonly after?: readonly Spec[];
}

/** What the workflow itself may have. */
export interface Top {
  readonly from?: Written;
  readonly as?: Written;
  readonly timeoutMs?: number;
  readonly secrets?: readonly string[];
  readonly extensions?: readonly ExtensionSpec[];
  readonly concurrency?: Omit<ConcurrencyRule, "key"> & { readonly key?: Written };
}

/** A duration of so many milliseconds. */
export function ms(milliseconds: number): Duration {
  const result = durationOf({ milliseconds });
  return defined(result.ok ? result.value : undefined, "a duration that is not negative");
}

/** A workflow of these tasks. */
export function buildWorkflow(specs: readonly Spec[], top: Top = {}): Workflow {
  const tasks = new Map<string, Task>();
  const list = buildList(specs, "/do", [], { tasks, extensions: top.extensions ?? [] });
  return {
    namespace: "test",
    name: "built",
    version: "1.0.0",
    dsl: "1.0.3",
    tags: {},
    definition: { document: { name: "built" } },
    secrets: top.secrets ?? [],
    ...(top.from && { input: { from: template(top.from, []) } }),
    ...(top.as && { output: { as: template(top.as, []) } }),
    ...(top.concurrency && { concurrency: ruleOf(top.concurrency) }),
    ...(top.timeoutMs !== undefined && { timeout: duration(top.timeoutMs) }),
    do: list,
    tasks,
  };
}

function ruleOf({ key, ...rule }: NonNullable<Top["concurrency"]>): ConcurrencyRule {
  return { ...rule, ...(key !== undefined && { key: template(key, []) }) };
}

function duration(milliseconds: number): DurationTemplate {
  return { kind: "constant", duration: ms(milliseconds) };
}

function expression({ source, f }: Fn, scope: readonly string[]): Expression {
  const names = [...standardVariables, ...scope];
  const evaluate = (input: Json, slots: readonly Json[]): Json =>
    failing(() => f(input, Object.fromEntries(names.map((name, i) => [name, slots[i] ?? null]))));
  return {
    source,
    freeVariables: new Set(names),
    cardinality: "one",
    first: evaluate,
    all: (input, slots) => [evaluate(input, slots)],
  };
}

/** What an expression throws, as the real ones throw it. */
export function failing<T>(evaluation: () => T): T {
  try {
    return evaluation();
  } catch (error) {
    throw new ExpressionError("error", error instanceof Error ? error.message : String(error));
  }
}

function template(written: Written, scope: readonly string[]): Template {
  if ("constant" in written) return { kind: "constant", value: written.constant };
  return { kind: "expression", expression: expression(written, scope) };
}

/** What a building carries along. */
interface Site {
  readonly tasks: Map<string, Task>;
  readonly extensions: readonly ExtensionSpec[];
}

function buildList(specs: readonly Spec[], path: string, scope: readonly string[], site: Site): TaskList {
  const names = specs.map(({ name }) => name);
  return specs.map((spec, index) => extended(buildTask(spec, `${path}/${index}/${spec.name}`, scope, names, site), site));
}

function buildTask(spec: Spec, reference: string, scope: readonly string[], names: readonly string[], site: Site): Task {
  const base: TaskBase = {
    name: spec.name,
    reference,
    definition: { kind: spec.task.kind },
    scope,
    then: directive(spec.then ?? "continue", names),
    ...(spec.if && { if: expression(spec.if, scope) }),
    ...(spec.from && { input: { from: template(spec.from, scope) } }),
    ...(spec.as && { output: { as: template(spec.as, scope) } }),
    ...(spec.export && { export: { as: template(spec.export, scope) } }),
    ...(spec.timeoutMs !== undefined && { timeout: duration(spec.timeoutMs) }),
    ...(spec.idempotencyKey && { idempotencyKey: template(spec.idempotencyKey, scope) }),
    ...(spec.compensate && { compensate: compensation(spec.name, spec.compensate, reference, scope, site) }),
  };
  const task = { ...base, ...buildKind(spec.task, reference, scope, names, site) };
  site.tasks.set(reference, task);
  return task;
}

/** The task among those that run before and after it, as the compiler has it; the first extension is the outermost. */
function extended(task: Task, site: Site): Task {
  const applying = site.extensions.filter(({ extend }) => extend === "all" || extend === task.kind);
  if (applying.length === 0) return task;
  const { if: condition, ...own } = task;
  const inner = applying.reduceRight<Task>((wrapped, extension, index) => wrap(wrapped, extension, index, site), own);
  return condition === undefined ? inner : { ...inner, if: condition };
}

function wrap(task: Task, { when, before = [], after = [] }: ExtensionSpec, index: number, site: Site): DoTask {
  const { scope, definition } = task;
  const inside: Site = { tasks: site.tasks, extensions: [] };
  const reference = `/use/extensions/${index}/extension`;
  const next = { kind: "continue" } as const;
  const first = buildList(before, `${reference}/before`, scope, inside);
  const last = buildList(after, `${reference}/after`, scope, inside);
  const input = { as: template({ source: "$input", f: (_, v) => v["input"] ?? null }, scope) };
  const tail = {
    kind: "do",
    name: "after",
    reference: `${reference}/after`,
    definition,
    scope,
    then: next,
    do: last,
    output: input,
  } as const;
  const list = last.length === 0 ? [...first, task] : [...first, task, tail];
  const around = wrapper(task, list, { own: [first.length], goesOn: last.length > 0 });
  if (when === undefined) return around;
  const otherwise = { name: "otherwise", then: { kind: "task", index: 2 } } as const;
  const cases = [{ name: "applies", when: expression(when, scope), then: next }, otherwise];
  const choice: Task = { kind: "switch", name: "extension", reference, definition, scope, about: task.about ?? task, then: next, cases };
  return wrapper(task, [choice, around, task], { own: [1, 2], goesOn: false });
}

function wrapper(task: Task, list: TaskList, places: NonNullable<DoTask["extended"]>): DoTask {
  const { name, reference, definition, scope, then } = task;
  return { kind: "do", name, reference, definition, scope, then, do: list, extended: places };
}

function compensation(name: string, specs: readonly Spec[], of: string, outer: readonly string[], site: Site): DoTask {
  const reference = `${of}/metadata/baton/compensate`;
  const scope = [...outer, "done"];
  const list = buildList(specs, reference, scope, site);
  return { kind: "do", name: `compensate ${name}`, reference, definition: {}, scope, then: { kind: "continue" }, do: list };
}

function directive(then: string, names: readonly string[]): FlowDirective {
  if (then === "continue" || then === "exit" || then === "end") return { kind: then };
  return { kind: "task", index: names.indexOf(then) };
}

type WithoutBase<T> = T extends TaskBase ? Omit<T, keyof TaskBase> : never;

function buildKind(spec: Kind, path: string, scope: readonly string[], names: readonly string[], site: Site): WithoutBase<Task> {
  const list = (specs: readonly Spec[], at: string, inner = scope): TaskList => buildList(specs, path + at, inner, site);
  switch (spec.kind) {
    case "set":
      return { kind: "set", set: template(spec.value, scope) };
    case "do":
      return { kind: "do", do: list(spec.do, "/do") };
    case "switch":
      return {
        kind: "switch",
        cases: spec.cases.map(({ when, then }, i) => ({
          name: `case${i}`,
          then: directive(then, names),
          ...(when && { when: expression(when, scope) }),
        })),
      };
    case "for": {
      const inner = [...scope, "item", "index"];
      const condition = spec.while && expression(spec.while, inner);
      const own = { kind: "for", each: "item", at: "index", in: template(spec.in, scope), do: list(spec.do, "/do", inner) } as const;
      return { ...own, ...(condition && { while: condition }) };
    }
    case "fork":
      return { kind: "fork", compete: spec.compete, branches: list(spec.branches, "/fork/branches") };
    case "try":
      return buildTry(spec, path, scope, names, site);
    case "raise":
      return { kind: "raise", error: { type: { kind: "constant", value: spec.type }, status: { kind: "constant", value: spec.status } } };
    case "wait":
      return { kind: "wait", wait: duration(spec.ms) };
    case "listen":
      return buildListen(spec, path, scope, site);
    case "emit":
      return {
        kind: "emit",
        event: [
          ["type", { kind: "constant", value: spec.type }],
          ["data", template(spec.data, scope)],
        ],
      };
    default:
      return buildOutside(spec, path, scope, site);
  }
}

function buildTry(
  spec: Extract<Kind, { kind: "try" }>,
  path: string,
  scope: readonly string[],
  names: readonly string[],
  site: Site,
): WithoutBase<Task> {
  const { when, exceptWhen, retry, then, do: handlers, ...rest } = spec.catch;
  const inner = [...scope, "error"];
  return {
    kind: "try",
    try: buildList(spec.try, `${path}/try`, scope, site),
    catch: {
      ...rest,
      as: "error",
      ...conditions({ ...(when && { when }), ...(exceptWhen && { exceptWhen }) }, inner),
      ...(retry && { retry: { ...retry, ...conditions(retry, inner) } as RetryPolicy }),
      ...(then !== undefined && { then: directive(then, names) }),
      ...(handlers && { do: buildList(handlers, `${path}/catch/do`, inner, site) }),
    },
  };
}

function buildListen(spec: ListenSpec, path: string, scope: readonly string[], site: Site): WithoutBase<Task> {
  const { to: kind, until, foreach } = spec;
  const inner = [...scope, "item", "index"];
  return {
    kind: "listen",
    to: {
      kind,
      filters: spec.types.map((type) => eventFilter(type, spec, scope)),
      ...(until !== undefined && { until: eventUntil(until, scope) }),
    },
    read: "data",
    ...(spec.approval === true && { approval: {} }),
    ...(foreach && {
      foreach: {
        item: "item",
        at: "index",
        ...(foreach.do && { do: buildList(foreach.do, `${path}/foreach/do`, inner, site) }),
        ...(foreach.as && { output: { as: template(foreach.as, inner) } }),
        ...(foreach.export && { export: { as: template(foreach.export, inner) } }),
      },
    }),
  };
}

function eventFilter(type: string, { correlate, expect }: Partial<ListenSpec>, scope: readonly string[]): EventFilter {
  const subject: Fn = { source: ".subject", f: (event) => (event as { readonly subject?: Json }).subject ?? null };
  const link = { name: "subject", from: expression(subject, scope), ...(expect && { expect: template(expect, scope) }) };
  return { with: [{ attribute: "type", test: { kind: "equals", value: type } }], correlate: correlate === true ? [link] : [] };
}

function eventUntil(until: Fn | string, scope: readonly string[]): EventUntil {
  if (typeof until === "string") return { kind: "strategy", strategy: { kind: "one", filters: [eventFilter(until, {}, scope)] } };
  return { kind: "condition", condition: expression(until, scope), never: until.source === "false" };
}

interface Conditions<T> {
  readonly when?: T;
  readonly exceptWhen?: T;
}

function conditions({ when, exceptWhen }: Conditions<Fn>, scope: readonly string[]): Conditions<Expression> {
  return { ...(when && { when: expression(when, scope) }), ...(exceptWhen && { exceptWhen: expression(exceptWhen, scope) }) };
}

type Outside = Extract<Kind, { kind: "http" | "function" | "shell" | "workflow" }>;

function buildOutside(spec: Outside, path: string, scope: readonly string[], site: Site): WithoutBase<Task> {
  switch (spec.kind) {
    case "http": {
      const endpoint = { kind: "uri", parts: ["https://service.test/"] } as const;
      const method = { kind: "constant", value: "post" } as const;
      return {
        kind: "call",
        call: { kind: "http", method, endpoint, body: template(spec.body, scope), output: "content", redirect: false },
      };
    }
    case "function": {
      const task = buildTask(spec.task, path, [], [spec.task.name], { ...site, tasks: new Map() });
      return { kind: "call", call: { kind: "function", name: "fn", task, ...(spec.with && { with: template(spec.with, scope) }) } };
    }
    case "shell":
      return { kind: "run", run: { kind: "shell", command: template(spec.command, scope) }, await: spec.await, return: "stdout" };
    case "workflow": {
      const input = template(spec.input, scope);
      const run = { kind: "workflow", namespace: "test", name: "child", version: "1.0.0", input } as const;
      return { kind: "run", run, await: spec.await, return: "stdout" };
    }
  }
}
