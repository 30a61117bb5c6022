// How expressions are told from texts, and in which language they are written.
import type { Json } from "@baton/core";
import { expect } from "vitest";
import { failed, runFlow, type World } from "../run-flow.ts";
import { call, error, output, reference, standard } from "../section.ts";

const loose = (flow: string, input: Json = {}): Json => output(`evaluate: { mode: loose }\n${flow}`, { input });
const js = (flow: string, world: World = {}, mode = "strict"): Json => output(`evaluate: { language: js, mode: ${mode} }\n${flow}`, world);

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
    "a runtime may support other languages: JavaScript, where `$` is what jq calls `.`": () => {
      const flow =
        "do: [a: { set: { total: '${ $.items.reduce((sum, { price }) => sum + price, 0) }', text: '${$.items.length} of ${ $input.who }' } }]";
      expect(js(flow, { input: { who: "Ada", items: [{ price: 2 }, { price: 3 }] } })).toEqual({ total: 5, text: "2 of Ada" });
    },
    "its arguments are those of the default language": () => {
      const flow = `
use: { secrets: [key] }
input: { from: $.order }
do:
  - first: { set: { id: '\${ $input.id }' }, export: { as: '({ ...$context, seen: $output.id })' } }
  - second:
      input: { from: '({ id: $context.seen, key: $secrets.key })' }
      set: { id: '\${ $.id }', key: '\${ $.key.length }', task: '\${ $task.name }', raw: '\${ $workflow.input.order.id }', name: '\${ $runtime.name }' }
`;
      const seen = { id: 7, key: 3, task: "second", raw: 7, name: "baton" };
      expect(js(flow, { input: { order: { id: 7 } }, secrets: { key: "abc" } })).toEqual(seen);
    },
    "a condition in JavaScript holds for what JavaScript counts as true": () => {
      const flow =
        "do: [a: { switch: [empty: { when: $.list.length, then: end }, none: { when: $.text, then: end }] }, b: { set: { reached: true } }]";
      expect(js(flow, { input: { list: [], text: "" } })).toEqual({ reached: true });
    },
    "loops, durations, retries and catches evaluate it alike": () => {
      const flow = `evaluate: { language: js }
do:
  - loop:
      for: { each: n, in: $.numbers }
      while: $n < 3
      do: [add: { set: { numbers: [], sum: '\${ ($.sum ?? 0) + $n * $index }' } }]
  - pause: { wait: '\${ \`PT\${$.sum}S\` }' }
  - guard:
      try: [ask: ${call}]
      catch: { as: fault, when: $fault.status === 503, retry: { delay: PT1S, limit: { attempt: { count: 1 } } }, do: [tell: { set: { was: '\${ $fault.status }' } }] }
`;
      const { run, elapsed } = runFlow(flow, { input: { numbers: [1, 2, 3, 4] }, work: () => failed(503) });
      expect(run.output).toEqual({ was: 503 });
      expect(elapsed).toBe(3000);
    },
    "what fails in it raises the expression error, with the place": () => {
      expect(error("evaluate: { language: js }\ndo: [a: { set: { b: '${ $.x.y }' } }]")).toMatchObject({
        type: standard("expression"),
        status: 400,
        instance: "/do/0/a",
        detail: 'The expression "$.x.y" failed at character 5: Cannot read `y` of undefined',
      });
    },
    "it cannot run for ever, nor see the time pass, nor reach the server": () => {
      const endless = error("evaluate: { language: js }\ndo: [a: { set: { b: '${ (f => f(f))(f => f(f)) }' } }]");
      expect(endless).toMatchObject({
        type: standard("expression"),
        detail: expect.stringMatching(/budget of 1000 nested calls/) as unknown,
      });
      const flow = "do: [a: { set: { same: '${ Date.now() === Date.now() }', out: '${ $.constructor ?? [].constructor ?? null }' } }]";
      expect(js(flow)).toEqual({ same: true, out: null });
    },
    "in loose mode any text may be JavaScript": () => {
      const flow = "do: [a: { set: { sum: $.x + 1, words: Hello there, call: '$.x.y.z' } }]";
      expect(js(flow, { input: { x: 1 } }, "loose")).toEqual({ sum: 2, words: "Hello there", call: "$.x.y.z" });
    },
  }),
];
