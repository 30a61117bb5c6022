// Runtime expressions and their arguments.
import { expect } from "vitest";
import { beginning } from "../run-flow.ts";
import { dsl, error, output, refuses, standard } from "../section.ts";

const expressionError = { type: standard("expression"), status: 400 };
const secret = { secrets: { key: "k" } };
const see = (what: string): string => `do: [see: { set: '\${ ${what} }' }]`;

export const expressionSections = [
  dsl("Runtime Expressions", {
    "jq is the language where none is named": () =>
      expect(output(see("[.l[] | select(. > 1)] | map(. * 2) | add"), { input: { l: [1, 2, 3] } })).toBe(10),
    "in strict mode only what stands in `${ }` is evaluated": () =>
      expect(output("evaluate: { mode: strict }\ndo: [a: { set: { plain: .x, real: '${ .x }' } }]", { input: { x: 1 } })).toEqual({
        plain: ".x",
        real: 1,
      }),
    "an expression can stand anywhere in the values of a task": () =>
      expect(output("do: [a: { set: { l: [{ deep: '${ .x }' }] } }]", { input: { x: 1 } })).toEqual({ l: [{ deep: 1 }] }),
    "an evaluation that fails raises an expression error with status 400": () =>
      expect(error(see(".a.b"), { input: { a: 5 } })).toMatchObject(expressionError),
    "so does one that calls for an error itself": () => expect(error(see('error("no")'))).toMatchObject(expressionError),
    "one that would not end fails too, and the runtime goes on": () =>
      expect(error("do: [a: { set: '${ def f: f; f }' }]")).toMatchObject(expressionError),
    "expressions within input data are data: they are never evaluated": () =>
      expect(
        output("do: [a: { set: { said: '${ .said }' } }, b: { set: '${ .said }' }]", { input: { said: "${ .secret }", secret: 1 } }),
      ).toBe("${ .secret }"),
  }),
  dsl("Runtime expression arguments", {
    "`$context` is the workflow's context": () => expect(output(see("$context"), { input: { c: 1 } })).toEqual({ c: 1 }),
    "`$input` is the task's transformed input": () =>
      expect(output("do: [a: { input: { from: .x }, set: '${ $input }' }]", { input: { x: 7 } })).toBe(7),
    "`$output` is the task's transformed output": () =>
      expect(output("do: [a: { set: { y: 1 }, output: { as: .y }, export: { as: '$output + 1' } }, b: { set: '${ $context }' }]")).toBe(2),
    "`$secrets` holds the secrets that the workflow declares": () =>
      expect(output(`use: { secrets: [key] }\n${see("$secrets.key")}`, secret)).toBe("k"),
    "an argument that a place does not have is refused there": () => {
      refuses("do: [a: { if: $output == 1, set: { x: 1 } }]", "unavailable-argument");
      refuses("do: [a: { if: $input == 1, set: { x: 1 } }]", "unavailable-argument");
      refuses("do: [a: { input: { from: $input }, set: { x: 1 } }]", "unavailable-argument");
      refuses("input: { from: $context }\ndo: [a: { set: { x: 1 } }]", "unavailable-argument");
      refuses("input: { from: $task }\ndo: [a: { set: { x: 1 } }]", "unavailable-argument");
      refuses("do: [a: { set: { x: 1 }, output: { as: $output } }]", "unavailable-argument");
      refuses("output: { as: $input }\ndo: [a: { set: { x: 1 } }]", "unavailable-argument");
    },
    "the workflow's `input.from` has `$secrets`, `$workflow` and `$runtime`": () =>
      expect(
        output("use: { secrets: [key] }\ninput: { from: '[$secrets.key, $workflow.input, $runtime.name]' }\ndo: [a: { set: '${ . }' }]", {
          ...secret,
          input: 1,
        }),
      ).toEqual(["k", 1, "baton"]),
    "a task's `if` and `input.from` have `$context`, `$secrets`, `$task`, `$workflow` and `$runtime`": () => {
      const all = "[$context, $secrets.key, $task.name, $workflow.input, $runtime.name]";
      const flow = `use: { secrets: [key] }\ndo: [a: { if: '${all} | length == 5', input: { from: '${all}' }, set: '\${ . }' }]`;
      expect(output(flow, { ...secret, input: 1 })).toEqual([1, "k", "a", 1, "baton"]);
    },
    "a task's `output.as` has `$input` besides": () =>
      expect(
        output("do: [a: { input: { from: .x }, set: { y: 1 }, output: { as: '[., $input, $context.x]' } }]", { input: { x: 7 } }),
      ).toEqual([{ y: 1 }, 7, 7]),
    "a task's `export.as` has `$input` and `$output` besides": () =>
      expect(output("do: [a: { set: { y: 1 }, export: { as: '[$input, $output]' } }, b: { set: '${ $context }' }]", { input: 7 })).toEqual([
        7,
        { y: 1 },
      ]),
    "the workflow's `output.as` has `$context`, `$secrets`, `$workflow` and `$runtime`": () => {
      const flow =
        "use: { secrets: [key] }\noutput: { as: '[., $context, $secrets.key, $workflow.input, $runtime.name]' }\ndo: [a: { set: { y: 1 } }]";
      expect(output(flow, { ...secret, input: 7 })).toEqual([{ y: 1 }, 7, "k", 7, "baton"]);
    },
  }),
  dsl("Runtime Descriptor", {
    "`$runtime` tells name, version and metadata": () =>
      expect(output(see("[($runtime.name | type), ($runtime.version | type), ($runtime.metadata | type)]"))).toEqual([
        "string",
        "string",
        "object",
      ]),
  }),
  dsl("Workflow Descriptor", {
    "`$workflow.id` names the run": () => expect(output(see("$workflow.id"))).toBe("run_1"),
    "`$workflow.definition` is the document as data": () =>
      expect(output(see("[$workflow.definition.document.name, $workflow.definition.do[0].see.set]"))).toEqual([
        "conformance",
        "${ [$workflow.definition.document.name, $workflow.definition.do[0].see.set] }",
      ]),
    "`$workflow.input` is the raw input of the workflow": () =>
      expect(output(`input: { from: .x }\n${see("$workflow.input")}`, { input: { x: 7 } })).toEqual({ x: 7 }),
    "`$workflow.startedAt` is when the run started": () => expect(output(see("$workflow.startedAt.epoch.milliseconds"))).toBe(beginning),
  }),
  dsl("Task Descriptor", {
    "`$task.name` and `$task.reference` tell which task it is": () =>
      expect(output("do: [a: { do: [b: { set: '${ [$task.name, $task.reference] }' }] }]")).toEqual(["b", "/do/0/a/do/0/b"]),
    "`$task.definition` is its definition as data": () =>
      expect(output("do: [a: { set: { d: '${ $task.definition }' }, metadata: { m: 1 } }]")).toEqual({
        d: { set: { d: "${ $task.definition }" }, metadata: { m: 1 } },
      }),
    "`$task.input` is its raw input": () =>
      expect(output("do: [a: { input: { from: .x }, set: '${ $task.input }' }]", { input: { x: 7 } })).toEqual({ x: 7 }),
    "`$task.output` is its raw output": () => expect(output("do: [a: { set: { y: 1 }, output: { as: '$task.output.y' } }]")).toBe(1),
    "`$task.startedAt` is when the task started": () =>
      expect(output("do: [w: { wait: PT1S }, a: { set: '${ $task.startedAt.epoch.milliseconds }' }]")).toBe(beginning + 1000),
  }),
  dsl("DateTime Descriptor", {
    "a time is told as ISO 8601, and in seconds and milliseconds since 1970": () =>
      expect(output(see("$workflow.startedAt"))).toEqual({
        iso8601: new Date(beginning).toISOString(),
        epoch: { seconds: beginning / 1000, milliseconds: beginning },
      }),
  }),
  dsl("Secret", {
    "the runtime provides the declared secrets": () => expect(output(`use: { secrets: [key] }\n${see("$secrets.key")}`, secret)).toBe("k"),
    "a secret that is not there or may not be read raises an authorization error with status 403": () =>
      expect(error(`use: { secrets: [key] }\n${see("$secrets.key")}`)).toMatchObject({ type: standard("authorization"), status: 403 }),
  }),
];
