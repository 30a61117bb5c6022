import { expect, test } from "vitest";
import { splitText, wholeExpression } from "./segments.ts";

const shown = (text: string): unknown => {
  const split = splitText(text);
  switch (split.kind) {
    case "literal":
      return text;
    case "whole":
      return { whole: split.source };
    case "unclosed":
      return { unclosed: split.offset };
    case "mixed":
      return split.segments.map((segment) => (segment.kind === "literal" ? segment.text : { expression: segment.source }));
  }
};

test.each([
  ["nothing to see", "nothing to see"],
  ["${ .a }", { whole: " .a " }],
  ["  ${.a}\n", { whole: ".a" }],
  ['${ {"a": {"b": 1}} }', { whole: ' {"a": {"b": 1}} ' }],
  ['${ "a } b" }', { whole: ' "a } b" ' }],
  ['${ "a \\"} b" }', { whole: ' "a \\"} b" ' }],
  ['${ "x\\(.a | "}\\(.b)")y" }', { whole: ' "x\\(.a | "}\\(.b)")y" ' }],
  ["${ .a # } not yet\n }", { whole: " .a # } not yet\n " }],
  ['${"text"}', { whole: '"text"' }],
])("a text that is one expression from end to end: %j", (text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test.each([
  ["Hi ${ .x }!", ["Hi ", { expression: " .x " }, "!"]],
  ["${ .a }${.b}", [{ expression: " .a " }, { expression: ".b" }]],
  ["a ${$b.c} ${\t.d }", ["a ", { expression: "$b.c" }, " ", { expression: "\t.d " }]],
  ['say ${ "\\(.a)}" } twice', ["say ", { expression: ' "\\(.a)}" ' }, " twice"]],
])("expressions in a text: %j", (text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test.each(["cd ${HOME} && ls", 'echo "${1} ${#x} ${x:-y}"', "`Hi ${name}`", "$5 {a}", "a ${$1}", "${} ${(1)} x"])(
  "what is left alone: %j",
  (text) => {
    expect(shown(text)).toBe(text);
  },
);

test.each([
  ["Hi ${ .x", 3],
  ["${ .a", 0],
  ['${ "a }', 0],
  ["${ .a } and ${ .b", 12],
  ["${ .a # comment }", 0],
])("an expression without end: %j", (text, offset) => {
  expect(shown(text)).toEqual({ unclosed: offset });
});

test("only an expression that fills the text is the whole of it", () => {
  expect(wholeExpression(".a")).toBeUndefined();
  expect(wholeExpression("${ .a } b")).toBeUndefined();
  expect(wholeExpression(" ${ .a } ")).toEqual({ source: " .a ", offset: 3 });
});
