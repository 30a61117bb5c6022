// How a document's expressions are evaluated (dsl-reference.md, "Evaluate"), found before any of them is compiled, and
// what the mode `loose` makes of one: where its evaluation fails, its value is the text that its author wrote. The end
// of a budget is no such failure: an expression that runs for ever is told in both modes.
import { compile, compileJs, ExpressionError, type Compilation, type Expression } from "@baton/expr";
import { child, type Context, type Evaluation } from "./context.ts";
import { optional, readChoice, readShape, readText } from "./read.ts";
import type { SourceNode } from "./source/node.ts";
import { refuse } from "./unsupported.ts";

/** How expressions are evaluated where nothing is said. */
export const standardEvaluation: Evaluation = { language: "jq", mode: "strict" };

/** The languages of expressions by the names that documents give them. */
const languages: ReadonlyMap<unknown, Evaluation["language"]> = new Map([
  ["jq", "jq"],
  ["js", "js"],
  ["javascript", "js"],
]);

/** Finds what a document says, without checking it. */
export function findEvaluation(root: SourceNode): Evaluation {
  const node = root.kind === "mapping" ? child(root, "evaluate") : undefined;
  if (node?.kind !== "mapping") return standardEvaluation;
  const mode = child(node, "mode")?.json === "loose" ? "loose" : "strict";
  return { language: languages.get(child(node, "language")?.json) ?? "jq", mode };
}

/** Checks `evaluate`. */
export function checkEvaluate(cx: Context, node: SourceNode): void {
  const map = readShape(cx, node, { what: "`evaluate`", keys: ["language", "mode"] });
  if (map === undefined) return;
  const language = optional(map, "language", (given) => readText(cx, given, "`language`"));
  if (language !== undefined && !languages.has(language.json)) refuse(cx, "evaluate.language", language, language, `\`${language.json}\``);
  optional(map, "mode", (mode) => readChoice(cx, mode, "`mode`", ["strict", "loose"]));
}

/** Compiles an expression in the document's language, with these variables. */
export function compileExpression({ evaluation }: Context, source: string, variables: readonly string[]): Compilation {
  return evaluation.language === "js" ? compileJs(source, { variables }) : compile(source, { variables });
}

/** What the value that an expression is evaluated on is called. */
export function hereSign({ evaluation }: Context): string {
  return evaluation.language === "js" ? "$" : ".";
}

/** The expression, giving the text where it fails. */
export function orText(expression: Expression, text: string): Expression {
  const otherwise = (error: unknown): string => {
    if (error instanceof ExpressionError && error.kind !== "budget") return text;
    throw error;
  };
  const { source, freeVariables, cardinality, constant, language } = expression;
  return {
    source,
    freeVariables,
    cardinality,
    ...(constant !== undefined && { constant }),
    ...(language !== undefined && { language }),
    isLoose: true,
    first(input, variables, limits) {
      try {
        return expression.first(input, variables, limits);
      } catch (error) {
        return otherwise(error);
      }
    },
    all(input, variables, limits) {
      try {
        return expression.all(input, variables, limits);
      } catch (error) {
        return [otherwise(error)];
      }
    },
  };
}

/** What stands for an expression that does not compile. */
export function textItself(text: string): Expression {
  const give = (): string => text;
  return {
    source: text,
    freeVariables: new Set(),
    cardinality: "one",
    constant: text,
    isLoose: true,
    first: give,
    all: () => [text],
  };
}
