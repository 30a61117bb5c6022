// The kinds of tasks that the engine performs by itself.
import { expect } from "vitest";
import { failed, runFlow } from "../run-flow.ts";
import { call, error, names, output, reference, refuses, standard } from "../section.ts";

const branches = "branches: [a: { do: [w: { wait: PT2S }, x: { set: { n: 1 } }] }, b: { do: [w: { wait: PT1S }, x: { set: { n: 2 } }] }]";
const colours = { input: { colours: ["red", "green", "blue"] } };
const chosen =
  "do: [s: { switch: [a: { when: .x > 5, then: big }, b: { when: .x > 1, then: middle }, c: { then: small }] }, big: { set: { is: big }, then: end }, middle: { set: { is: middle }, then: end }, small: { set: { is: small } }]";

export const taskSections = [
  reference("Do", {
    "its tasks run one after the other, each with the output of the one before": () =>
      expect(
        output(
          "do: [all: { do: [r: { set: { c: '${ .c + [1] }' } }, g: { set: { c: '${ .c + [2] }' } }, b: { set: { c: '${ .c + [3] }' } }] }]",
        ),
      ).toEqual({ c: [1, 2, 3] }),
    "each is complete before the next one begins": () => {
      const { run } = runFlow("do: [all: { do: [a: { wait: PT2S }, b: { wait: PT1S }] }]");
      const [, first, second] = run.steps;
      expect(second?.startedAt).toBe(first?.endedAt);
    },
    "its output is that of the last one": () => expect(output("do: [all: { do: [a: { set: '${ 1 }' }, b: { set: '${ 2 }' }] }]")).toBe(2),
  }),
  reference("For", {
    "its tasks run for each item of the collection, in order": () =>
      expect(output("do: [l: { for: { in: .colours }, do: [m: { set: { seen: '${ (.seen // []) + [$item] }' } }] }]", colours)).toEqual({
        seen: ["red", "green", "blue"],
      }),
    "the item is bound to the name of `each`, the index to that of `at`": () =>
      expect(output("do: [l: { for: { each: colour, at: i, in: .colours }, do: [m: { set: '${ [$colour, $i] }' }] }]", colours)).toEqual([
        "blue",
        2,
      ]),
    "which are `item` and `index` where none is given": () =>
      expect(output("do: [l: { for: { in: .colours }, do: [m: { set: '${ [$item, $index] }' }] }]", colours)).toEqual(["blue", 2]),
    "each iteration has the output of the one before as its input": () =>
      expect(output("do: [l: { for: { in: '[1, 2, 3]', each: n }, do: [m: { set: { sum: '${ (.sum // 0) + $n }' } }] }]")).toEqual({
        sum: 6,
      }),
    "the collection may be given inline": () =>
      expect(
        output("do: [l: { for: { in: [{ n: 1 }, { n: 2 }], each: e }, do: [m: { set: { sum: '${ (.sum // 0) + $e.n }' } }] }]"),
      ).toEqual({
        sum: 3,
      }),
    "it goes on only while `while` is met": () =>
      expect(
        output(
          "do: [l: { for: { in: '[1, 2, 3]', each: n }, while: '(.sum // 0) < 3', do: [m: { set: { sum: '${ (.sum // 0) + $n }' } }] }]",
        ),
      ).toEqual({ sum: 3 }),
    "an empty collection leaves the input as it is": () =>
      expect(output("do: [l: { for: { in: '[]' }, do: [m: { set: '${ 1 }' }] }]", { input: { x: 1 } })).toEqual({ x: 1 }),
    "loops can stand in loops, each with its own names": () =>
      expect(
        output(
          "do: [o: { for: { in: '[1, 2]', each: a }, do: [i: { for: { in: '[10, 20]', each: b }, do: [m: { set: { l: '${ (.l // []) + [$a * $b] }' } }] }] }]",
        ),
      ).toEqual({ l: [10, 20, 20, 40] }),
    "a collection that is none is an error": () =>
      expect(error("do: [l: { for: { in: .x }, do: [m: { set: '${ 1 }' }] }]", { input: { x: 5 } })).toMatchObject({
        type: standard("expression"),
      }),
  }),
  reference("Fork", {
    "its branches run side by side": () => expect(runFlow(`do: [f: { fork: { ${branches} } }]`).elapsed).toBe(2000),
    "its output is an array of their outputs, in the order of declaration": () =>
      expect(output(`do: [f: { fork: { ${branches} } }]`)).toEqual([{ n: 1 }, { n: 2 }]),
    "where they compete, its output is the winner's": () =>
      expect(output(`do: [f: { fork: { compete: true, ${branches} } }]`)).toEqual({ n: 2 }),
    "and the others are called off": () => {
      const outcome = runFlow(`do: [f: { fork: { compete: true, ${branches} } }]`);
      expect(outcome.elapsed).toBe(1000);
      expect(outcome.run.steps.find(({ name }) => name === "a")?.status).toBe("cancelled");
    },
    "every branch has the fork's input": () =>
      expect(output("do: [f: { fork: { branches: [a: { set: '${ .x }' }, b: { set: '${ .x + 1 }' }] } }]", { input: { x: 1 } })).toEqual([
        1, 2,
      ]),
    "a branch that faults faults the fork where the branches do not compete": () =>
      expect(error(`do: [f: { fork: { branches: [a: ${call}, b: { wait: PT1H }] } }]`, { work: () => failed(503) })).toMatchObject({
        status: 503,
        instance: "/do/0/f/fork/branches/0/a",
      }),
  }),
  reference("Set", {
    "an object's values are set, expressions evaluated": () =>
      expect(output("do: [a: { set: { shape: circle, size: '${ .size }' } }]", { input: { size: { w: 6 } } })).toEqual({
        shape: "circle",
        size: { w: 6 },
      }),
    "it replaces the data, it does not merge": () => expect(output("do: [a: { set: { y: 1 } }]", { input: { x: 1 } })).toEqual({ y: 1 }),
    "one expression may give all of it": () => expect(output("do: [a: { set: '${ .x }' }]", { input: { x: "red" } })).toBe("red"),
  }),
  reference("Switch", {
    "the first case whose condition holds leads on": () => {
      expect(output(chosen, { input: { x: 9 } })).toEqual({ is: "big" });
      expect(output(chosen, { input: { x: 3 } })).toEqual({ is: "middle" });
    },
    "it hands on what it was given": () =>
      expect(output("do: [s: { switch: [d: { then: b }] }, a: { set: { z: 1 } }, b: { set: '${ . }' }]", { input: { x: 1 } })).toEqual({
        x: 1,
      }),
  }),
  reference("Switch Case", {
    "a case without a condition matches where no other does": () => expect(output(chosen, { input: { x: 0 } })).toEqual({ is: "small" }),
    "there is at most one such case": () => refuses("do: [s: { switch: [a: { then: end }, b: { then: end }] }]", "several-defaults"),
    "`then` is required": () => refuses("do: [s: { switch: [a: { when: .x }] }]", "missing-key"),
    "`end`, `exit` and `continue` are directives here too": () => {
      const flow = (then: string): string => `do: [s: { switch: [a: { when: .x, then: ${then} }] }, t: { set: { t: 1 } }]`;
      expect(names(flow("end"), { input: { x: true } })).toEqual(["s"]);
      expect(names(flow("exit"), { input: { x: true } })).toEqual(["s"]);
      expect(names(flow("continue"), { input: { x: true } })).toEqual(["s", "t"]);
    },
    "where none matches, the flow goes on as the task says": () => {
      expect(names("do: [s: { switch: [a: { when: .x, then: end }] }, t: { set: { z: 1 } }]")).toEqual(["s", "t"]);
      expect(names("do: [s: { switch: [a: { when: .x, then: t }], then: end }, t: { set: { z: 1 } }]")).toEqual(["s"]);
    },
  }),
  reference("Wait", {
    "the run goes on when the time has passed": () => expect(runFlow("do: [a: { wait: { seconds: 10 } }]").elapsed).toBe(10_000),
    "a text is an ISO 8601 duration": () => {
      expect(runFlow("do: [a: { wait: PT0.5S }]").elapsed).toBe(500);
      refuses("do: [a: { wait: ten seconds }]", "invalid-duration");
    },
    "it hands on what it was given": () => expect(output("do: [a: { wait: PT1S }]", { input: { x: 1 } })).toEqual({ x: 1 }),
  }),
  reference("Duration", {
    "days, hours, minutes, seconds and milliseconds add up": () =>
      expect(runFlow("do: [a: { wait: { days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 } }]").elapsed).toBe(93_784_005),
    "an expression may give the text": () =>
      expect(runFlow("do: [a: { wait: '${ .for }' }]", { input: { for: "PT1H" } }).elapsed).toBe(3_600_000),
  }),
];
