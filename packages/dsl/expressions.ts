// Runtime expressions and the values that hold them (dsl.md, "Runtime Expressions"): compiled once, with the variables
// that exist where they stand, and with errors that point into the expression. In the mode `strict` a text is an
// expression where it is marked as one, in the mode `loose` wherever it can be read as one.
import { nearest } from "@baton/core";
import type { Expression, Diagnostic as Problem } from "@baton/expr";
import type { Context, Scope } from "./context.ts";
import { compileExpression, hereSign, orText, textItself } from "./evaluation.ts";
import type { standardVariables, Template } from "./ir.ts";
import { didYouMean, listOf, readText, wrongType } from "./read.ts";
import { severalResults } from "./several-results.ts";
import { splitText, wholeExpression, type Segment } from "./segments.ts";
import { offsetInText } from "./source/offsets.ts";
import { isText, type Range, type SourceNode, type TextNode } from "./source/node.ts";

type Argument = (typeof standardVariables)[number];

/** The points of a run at which expressions are evaluated (dsl.md, the table of runtime expression arguments). */
export type Point = "workflow input" | "workflow output" | "task if" | "task input" | "task" | "task output" | "task export";

const beforeTask: readonly Argument[] = ["context", "secrets", "task", "workflow", "runtime"];
const inTask: readonly Argument[] = [...beforeTask, "input", "authorization"];

const argumentsAt: { readonly [P in Point]: readonly string[] } = {
  "workflow input": ["secrets", "workflow", "runtime"],
  "workflow output": ["context", "secrets", "workflow", "runtime"],
  "task if": beforeTask,
  "task input": beforeTask,
  task: inTask,
  "task output": inTask,
  "task export": [...inTask, "output"],
};

/** What the value is that an expression is evaluated on, for the advice on an argument that is not. */
const dotAt: { readonly [P in Point]: string } = {
  "workflow input": "the workflow's raw input",
  "workflow output": "the last task's output",
  "task if": "the task's raw input",
  "task input": "the task's raw input",
  task: "the task's input",
  "task output": "the task's raw output",
  "task export": "the task's output",
};

/** Where an expression stands: when it is evaluated, and which variables enclose it. */
export interface Site {
  readonly point: Point;
  readonly scope: Scope;
  /** What to advise where an expression does not compile; absent: what the compiler of expressions advises. */
  readonly advice?: string;
}

/** Compiles a field that is an expression, written `.x` or `${ .x }`. */
export function readExpression(cx: Context, node: SourceNode, what: string, site: Site): Expression | undefined {
  const text = readText(cx, node, what);
  if (text === undefined) return undefined;
  const whole = wholeExpression(text.json, cx.evaluation.language);
  return compileAt(cx, text, whole ?? { source: text.json, offset: 0 }, site, text.json);
}

/** Whether a text may be an expression from end to end. */
export function isExpressionText(cx: Context, node: TextNode): boolean {
  return cx.evaluation.mode === "loose" || wholeExpression(node.json, cx.evaluation.language) !== undefined;
}

/** Compiles a field that is an expression, or a mapping with expressions in it. */
export function readExpressionOrMapping(cx: Context, node: SourceNode, what: string, site: Site): Template | undefined {
  if (node.kind === "mapping") return readTemplate(cx, node, site);
  if (!isText(node)) return wrongType(cx, node, what, "a mapping or an expression");
  const expression = readExpression(cx, node, what, site);
  return expression && { kind: "expression", expression };
}

/** Compiles any value: its texts may be, or hold, expressions; everything else stands for itself. */
export function readTemplate(cx: Context, node: SourceNode, site: Site): Template {
  switch (node.kind) {
    case "scalar":
      return isText(node) ? readTextTemplate(cx, node, site) : { kind: "constant", value: node.json };
    case "sequence": {
      const items = node.items.map((item) => readTemplate(cx, item, site));
      return items.every(isConstant) ? { kind: "constant", value: node.json } : { kind: "array", items };
    }
    case "mapping": {
      const entries = [...node.entries.values()].map(({ key, value }) => [key, readTemplate(cx, value, site)] as const);
      return entries.every(([, value]) => isConstant(value)) ? { kind: "constant", value: node.json } : { kind: "object", entries };
    }
  }
}

/** Compiles a text: a constant, one expression from end to end, or a text with expressions in it. */
export function readTextTemplate(cx: Context, node: TextNode, site: Site): Template {
  const bare = cx.evaluation.mode === "loose" && splitText(node.json, cx.evaluation.language).kind === "literal";
  return bare ? readBareText(cx, node, site) : readMarkedText(cx, node, site);
}

/** Compiles a text in which only what is marked is an expression, whatever the mode. */
export function readMarkedText(cx: Context, node: TextNode, site: Site): Template {
  const split = splitText(node.json, cx.evaluation.language);
  switch (split.kind) {
    case "literal":
      return { kind: "constant", value: node.json };
    case "whole": {
      const expression = compileAt(cx, node, split, site, node.json);
      return expression ? templateOf(expression) : { kind: "constant", value: null };
    }
    case "mixed":
      return { kind: "text", parts: readSegments(cx, node, split.segments, site) };
    case "unclosed":
      reportUnclosed(cx, node, split.offset);
      return { kind: "constant", value: cx.evaluation.mode === "loose" ? node.json : null };
  }
}

/** Loose: a text without a mark is an expression where it compiles as one. */
function readBareText(cx: Context, node: TextNode, site: Site): Template {
  const compiled = node.json.trim() === "" ? undefined : compileExpression(cx, node.json, site.scope.slots);
  if (!compiled?.ok || missingArguments(compiled.expression, site).length > 0) return { kind: "constant", value: node.json };
  return templateOf(checked(cx, node, orText(compiled.expression, node.json), 0, site));
}

/** An expression whose result is known is a constant, in the mode that makes expressions of plain texts. */
function templateOf(expression: Expression): Template {
  const { constant, isLoose } = expression;
  return isLoose === true && constant !== undefined ? { kind: "constant", value: constant } : { kind: "expression", expression };
}

/** Compiles the expressions among the pieces of a text. */
export function readSegments(cx: Context, node: TextNode, segments: readonly Segment[], site: Site): (string | Expression)[] {
  return segments.flatMap((segment) => {
    if (segment.kind === "literal") return segment.text;
    return compileAt(cx, node, segment, site, `\${${segment.source}}`) ?? [];
  });
}

/** Reports an expression that begins in a text and does not end there. */
export function reportUnclosed(cx: Context, node: TextNode, offset: number): void {
  const at = rangeIn(cx, node, offset, offset + 2);
  const rule = cx.evaluation.mode === "loose" ? "kept-as-text" : "invalid-expression";
  cx.problems.add(rule, at, node, "The expression that begins here has no closing brace", "close it with `}`");
}

/** Whether a text was compiled to itself: it holds no expression, not even one that is wrong. */
export function isLiteral(template: Template, text: TextNode): boolean {
  return template.kind === "constant" && template.value === text.json;
}

/** Whether the template of a scalar reads secrets. */
export function readsSecrets(template: Template): boolean {
  if (template.kind === "expression") return template.expression.freeVariables.has("secrets");
  return template.kind === "text" && template.parts.some((part) => typeof part !== "string" && part.freeVariables.has("secrets"));
}

function isConstant(template: Template): boolean {
  return template.kind === "constant";
}

/** An expression's source, and where it stands in its text's value. */
interface Written {
  readonly source: string;
  readonly offset: number;
}

/** Compiles an expression, and checks which variables it uses. `text` is what it stands for, loosely, where it fails. */
function compileAt(cx: Context, node: TextNode, { source, offset }: Written, site: Site, text: string): Expression | undefined {
  const loose = cx.evaluation.mode === "loose";
  if (source.trim() === "") {
    const rule = loose ? "kept-as-text" : "invalid-expression";
    cx.problems.add(rule, node, node, "The expression is empty", `write \`${hereSign(cx)}\` for the value as it is`);
    return loose ? textItself(text) : undefined;
  }
  const compiled = compileExpression(cx, source, site.scope.slots);
  if (!compiled.ok) {
    if (loose) return keptAsText(cx, node, compiled.diagnostics, offset, text);
    for (const problem of compiled.diagnostics) reportExpression(cx, node, problem, offset, site);
    return undefined;
  }
  return checked(cx, node, loose ? orText(compiled.expression, text) : compiled.expression, offset, site);
}

/** Loose: an expression that does not compile is a text like any other, though its author probably meant more. */
function keptAsText(cx: Context, node: TextNode, problems: readonly Problem[], offset: number, text: string): Expression {
  for (const problem of problems.slice(0, 1)) {
    const at = rangeIn(cx, node, offset + problem.offset, offset + problem.offset + problem.length);
    const message = `The expression stands for its own text, since it does not compile: ${problem.message}`;
    cx.problems.add("kept-as-text", at, node, message, problem.hint);
  }
  return textItself(text);
}

function checked(cx: Context, node: TextNode, expression: Expression, offset: number, site: Site): Expression {
  checkArguments(cx, node, expression, offset, site);
  warnOfSeveralResults(cx, node, expression, offset);
  return expression;
}

/** Reports what does not compile. A variable that does not exist has a rule of its own. */
function reportExpression(cx: Context, node: TextNode, problem: Problem, offset: number, site: Site): void {
  const at = rangeIn(cx, node, offset + problem.offset, offset + problem.offset + problem.length);
  const name = /^\$([A-Za-z_]\w*) is not defined/.exec(problem.message)?.[1];
  if (name === undefined)
    return cx.problems.add(
      "invalid-expression",
      at,
      node,
      `The expression does not compile: ${problem.message}`,
      site.advice ?? problem.hint,
    );
  const variables = [...argumentsAt[site.point], ...site.scope.names];
  const near = nearest(name, variables);
  const advice =
    near === undefined ? `the variables here are ${listOf(variables.map((variable) => `$${variable}`))}` : `did you mean \`$${near}\`?`;
  return cx.problems.add("unknown-variable", at, node, `There is no variable $${name} here`, advice);
}

function checkArguments(cx: Context, node: TextNode, expression: Expression, offset: number, site: Site): void {
  if (expression.freeVariables.has("secrets")) checkSecrets(cx, node, expression.source, offset);
  for (const name of missingArguments(expression, site)) {
    const at = variableRange(cx, node, expression.source, offset, name);
    const here = `$${name} is not available in ${describePoint(site.point)}`;
    cx.problems.add("unavailable-argument", at, node, here, `here \`${hereSign(cx)}\` is ${dotAt[site.point]}`);
  }
}

/** The arguments that an expression reads and that do not exist where it stands. */
function missingArguments({ freeVariables }: Expression, site: Site): string[] {
  return [...freeVariables].filter((name) => !site.scope.names.includes(name) && !argumentsAt[site.point].includes(name));
}

function describePoint(point: Point): string {
  return {
    "workflow input": "a workflow's `input`",
    "workflow output": "a workflow's `output`",
    "task if": "a task's `if`",
    "task input": "a task's `input`",
    task: "a task",
    "task output": "a task's `output`",
    "task export": "a task's `export`",
  }[point];
}

/** The secrets as a whole, or one of them: `$secrets.name`, `$secrets["name"]`, and what JavaScript writes besides. */
const secretsRead = /\$secrets\b\s*(?:\??\.\s*([A-Za-z_]\w*)|(?:\?\.)?\.?\s*\[?\s*["']([^"'\\]*)["'])?/g;

function checkSecrets(cx: Context, node: TextNode, source: string, offset: number): void {
  for (const match of source.matchAll(secretsRead)) {
    const name = match[1] ?? match[2];
    for (const read of name === undefined ? cx.secrets : [name]) cx.secretsRead.add(read);
    if (name === undefined || cx.secrets.includes(name)) continue;
    const at = rangeIn(cx, node, offset + match.index, offset + match.index + match[0].length);
    const advice = (): string => didYouMean(name, cx.secrets) ?? "add it to the list `use.secrets`";
    cx.problems.add("undeclared-secret", at, node, `The secret "${name}" is not in \`use.secrets\``, advice);
  }
}

function warnOfSeveralResults(cx: Context, node: TextNode, expression: Expression, offset: number): void {
  if (expression.cardinality === "one") return;
  const at = severalResults(expression.source);
  if (at === undefined) return;
  const range = rangeIn(cx, node, offset + at.start, offset + at.end);
  const message = "The expression can give several results; more than one become an array, a single one does not";
  cx.problems.add("several-results", range, node, message, "collect them with `[ ... ]`, or take one with `first(...)`");
}

/** The range of a variable in an expression, the whole expression where the name cannot be found. */
function variableRange(cx: Context, node: TextNode, source: string, offset: number, name: string): Range {
  const found = new RegExp(`\\$${name}\\b`).exec(source);
  return found ? rangeIn(cx, node, offset + found.index, offset + found.index + found[0].length) : node;
}

/** The stretch of the document that a part of a text's value was written in. */
export function rangeIn(cx: Context, node: TextNode, start: number, end: number): Range {
  const from = offsetInText(cx.text.text, node, start);
  return { start: from, end: Math.max(from + 1, offsetInText(cx.text.text, node, Math.max(start, end - 1)) + 1) };
}
