// Data flow: what is validated and transformed when, and where it goes.
import { expect } from "vitest";
import { dsl, error, output, reference, standard } from "../section.ts";

const text = "schema: { document: { type: string } }";
const invalid = (instance: string) => ({ type: standard("validation"), status: 400, instance });

const exporting = (schema: string): string =>
  `do: [a: { set: { x: 2 }, output: { as: .x }, export: { as: '{ n: . }'${schema} } }, b: { set: '\${ $context }' }]`;

export const dataSections = [
  dsl("Data Flow", {
    "the workflow's raw input is validated, and an invalid one faults the run": () => {
      const flow = "input: { schema: { document: { type: object, required: [a] } } }\ndo: [see: { set: '${ . }' }]";
      expect(output(flow, { input: { a: 5 } })).toEqual({ a: 5 });
      expect(error(flow, { input: {} })).toMatchObject({ type: standard("validation"), status: 400 });
    },
    "`input.from` of the workflow is evaluated on the raw input": () =>
      expect(output("input: { from: .a.b }\ndo: [see: { set: '${ . }' }]", { input: { a: { b: 5 } } })).toBe(5),
    "without it the input stays as it is": () => expect(output("do: [see: { set: '${ . }' }]", { input: [1] })).toEqual([1]),
    "the workflow's transformed input is the first task's raw input": () =>
      expect(output("input: { from: .a }\ndo: [see: { set: '${ [., $input, $task.input] }' }]", { input: { a: 5 } })).toEqual([5, 5, 5]),
    "it is the first `$context` too": () =>
      expect(output("input: { from: .a }\ndo: [see: { set: '${ $context }' }]", { input: { a: 5 } })).toBe(5),
    "a task's raw input is validated before it is transformed": () => {
      const flow = `do: [a: { input: { ${text}, from: 'length' }, set: '\${ . }' }]`;
      expect(output(flow, { input: "four" })).toBe(4);
      expect(error(flow, { input: 4 })).toMatchObject(invalid("/do/0/a"));
    },
    "`input.from` of a task is evaluated on its raw input, and its result is `.` and `$input` in the task": () =>
      expect(output("do: [a: { input: { from: .x }, set: '${ [., $input] }' }]", { input: { x: 7 } })).toEqual([7, 7]),
    "`output.as` is evaluated on the raw output, and its result is the next task's raw input": () =>
      expect(output("do: [a: { set: { x: 2 }, output: { as: .x } }, b: { set: '${ . * 10 }' }]")).toBe(20),
    "the transformed output is validated": () => {
      const flow = `do: [a: { set: { x: '\${ .v }' }, output: { as: .x, ${text} } }]`;
      expect(output(flow, { input: { v: "fine" } })).toBe("fine");
      expect(error(flow, { input: { v: 2 } })).toMatchObject(invalid("/do/0/a"));
    },
    "`export.as` is evaluated on the transformed output, and its result replaces the context": () =>
      expect(output(exporting(""))).toEqual({ n: 2 }),
    "without it the context stays as it is": () =>
      expect(output("do: [a: { set: { x: 2 } }, b: { set: '${ $context }' }]", { input: { first: 1 } })).toEqual({ first: 1 }),
    "the exported context is validated": () =>
      expect(error(exporting(", schema: { document: { type: string } }"))).toMatchObject(invalid("/do/0/a")),
    "each task's transformed output is the next one's raw input, whatever its kind": () =>
      expect(
        output("do: [a: { set: '${ [1] }' }, b: { do: [c: { set: '${ . + [2] }' }] }, d: { wait: PT1S }, e: { set: '${ . + [3] }' }]"),
      ).toEqual([1, 2, 3]),
    "the workflow's `output.as` is evaluated on the last task's transformed output": () =>
      expect(output("output: { as: '[.]' }\ndo: [a: { set: { x: 1 }, output: { as: .x } }]")).toEqual([1]),
    "the workflow's transformed output is validated": () =>
      expect(error(`output: { ${text} }\ndo: [a: { set: { x: 1 } }]`)).toMatchObject({ type: standard("validation"), status: 400 }),
  }),
  reference("Input", {
    "`from` may be an object with expressions in it": () =>
      expect(output("do: [a: { input: { from: { n: '${ .x }', k: 1 } }, set: '${ . }' }]", { input: { x: 5 } })).toEqual({ n: 5, k: 1 }),
    "the schema is asked about the raw data, not the transformed": () => {
      const flow = `input: { ${text}, from: '{ n: length }' }\ndo: [a: { set: '\${ .n }' }]`;
      expect(output(flow, { input: "four" })).toBe(4);
    },
  }),
  reference("Output", {
    "`as` may be an object with expressions in it": () =>
      expect(output("do: [a: { set: { pet: { id: p1 } }, output: { as: { petId: '${ .pet.id }' } } }]")).toEqual({ petId: "p1" }),
    "the schema is asked about the transformed data, not the raw": () =>
      expect(output(`do: [a: { set: { x: s }, output: { ${text}, as: .x } }]`)).toBe("s"),
  }),
  reference("Export", {
    "the context can be added to": () => {
      const flow =
        "do: [a: { set: { x: 1 }, export: { as: '$context + .' } }, b: { set: { y: 2 }, export: { as: '$context + .' } }, c: { set: '${ $context }' }]";
      expect(output(flow, { input: { first: 0 } })).toEqual({ first: 0, x: 1, y: 2 });
    },
    "or be replaced": () =>
      expect(output("do: [a: { set: { x: 1 }, export: { as: '.' } }, c: { set: '${ $context }' }]", { input: { first: 0 } })).toEqual({
        x: 1,
      }),
    "`as` may be an object with expressions in it": () =>
      expect(output("do: [a: { set: { x: 1 }, export: { as: { n: '${ .x }' } } }, c: { set: '${ $context }' }]")).toEqual({ n: 1 }),
    "what a nested task exports is there after the task around it": () =>
      expect(output("do: [a: { do: [b: { set: { x: 1 }, export: { as: '.' } }] }, c: { set: '${ $context }' }]")).toEqual({ x: 1 }),
  }),
  reference("Schema", {
    "the format `json` means JSON Schema": () => {
      const flow =
        "input: { schema: { format: json, document: { type: object, properties: { id: { type: string } }, required: [id] } } }\ndo: [a: { set: '${ .id }' }]";
      expect(output(flow, { input: { id: "x" } })).toBe("x");
      expect(error(flow, { input: { id: 1 } })).toMatchObject({ type: standard("validation") });
    },
  }),
];
