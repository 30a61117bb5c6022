// How expressions are told from texts, and in which language they are written.
import type { Json } from "@baton/core";
import { expect } from "vitest";
import { runFlow } from "../run-flow.ts";
import { error, output, reference, standard } from "../section.ts";

const loose = (flow: string, input: Json = {}): Json => output(`evaluate: { mode: loose }\n${flow}`, { input });

export const evaluateSections = [
  reference("Evaluate", {
    "strict takes as expressions only what is enclosed in `${ }`; it is the default": () => {
      const flow = "do: [a: { set: { bare: .x, marked: '${ .x }' } }]";
      expect(output(flow, { input: { x: 1 } })).toEqual({ bare: ".x", marked: 1 });
      expect(output(`evaluate: { mode: strict }\n${flow}`, { input: { x: 1 } })).toEqual({ bare: ".x", marked: 1 });
    },
    "loose evaluates every value": () => {
      const flow = `do: [a: { set: { bare: .x, marked: '\${ .x }', sum: '.x + 1', number: "42", deep: [.x, { y: .x }], text: 'x is \${ .x }' } }]`;
      expect(loose(flow, { x: 1 })).toEqual({ bare: 1, marked: 1, sum: 2, number: 42, deep: [1, { y: 1 }], text: "x is 1" });
    },
    "what fails in loose mode stands for itself, as a text": () => {
      const flow = `do: [a: { set: { words: Hello there!, url: 'https://example.com/a', fails: '.x.y', marked: '\${ .x | }', raised: 'error("no")' } }]`;
      const texts = { words: "Hello there!", url: "https://example.com/a", fails: ".x.y", marked: "${ .x | }", raised: 'error("no")' };
      expect(loose(flow, { x: 1 })).toEqual(texts);
    },
    "an expression that runs past its budget is an error in both modes": () => {
      for (const mode of ["strict", "loose"]) {
        const flow = `evaluate: { mode: ${mode} }\ndo: [a: { set: '\${ [range(1e9)] | length }' }]`;
        expect(error(flow)).toMatchObject({ type: standard("expression") });
      }
    },
    "loose holds for conditions, durations, calls and what leaves a task alike": () => {
      const flow = `evaluate: { mode: loose }
do:
  - pause: { wait: .pause, output: { as: '{ kept: .id }' } }
  - skipped: { if: .kept != 7, set: { never: 1 } }
  - ask: { call: http, with: { method: post, endpoint: .nowhere | tostring, headers: { x-id: .kept }, body: { id: .kept } } }
`;
      const { asked, elapsed } = runFlow(flow, { input: { pause: "PT2S", id: 7 } });
      expect(elapsed).toBe(2000);
      expect(asked).toMatchObject([{ kind: "http", method: "POST", uri: "null", headers: { "x-id": "7" }, body: { id: 7 } }]);
    },
    "text that came in as data is never evaluated, in loose mode either": () => {
      const flow = "do: [a: { set: { copy: .text } }, b: { set: { again: .copy } }]";
      expect(loose(flow, { text: ".secret" })).toEqual({ again: ".secret" });
    },
    "a shell's command is a text of the shell": () => {
      const flow = "evaluate: { mode: loose }\ndo: [a: { run: { shell: { command: env, arguments: [.x] } } }]";
      expect(runFlow(flow, { input: { x: "1" } }).asked).toMatchObject([{ code: "env", arguments: ["1"] }]);
    },
  }),
];
