// Finds the runtime expressions in a text (dsl.md, "Runtime Expressions", strict mode).
//
// A text that is `${ ... }` from end to end is one expression and gives a value of any type. Elsewhere in a text
// an expression is interpolated where the character behind `${` is white space, a dot, or `$` and a letter (in
// JavaScript: white space, or `$` and what can follow it), so that the `${HOME}` of a shell stays what it is.
import { jsExpressionEnd } from "@baton/expr";
import type { Evaluation } from "./context.ts";

type Language = Evaluation["language"];

/** A piece of a text: literal, or the source of an expression with its place in the text. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "expression"; readonly source: string; readonly offset: number };

/** What a text is made of. */
export type Segments =
  | { readonly kind: "literal" }
  | { readonly kind: "whole"; readonly source: string; readonly offset: number }
  | { readonly kind: "mixed"; readonly segments: readonly Segment[] }
  /** An expression that begins at `offset` and never ends. */
  | { readonly kind: "unclosed"; readonly offset: number };

const interpolatedIn: { readonly [L in Language]: RegExp } = {
  jq: /\$\{(?=[\s.]|\$[A-Za-z_])/g,
  js: /\$\{(?=\s|\$[A-Za-z_.?[])/g,
};

/** Splits a text into its literal parts and its expressions. */
export function splitText(text: string, language: Language = "jq"): Segments {
  if (!text.includes("${")) return { kind: "literal" };
  const whole = wholeExpression(text, language);
  const interpolated = interpolatedIn[language];
  if (whole !== undefined) return { kind: "whole", ...whole };
  const segments: Segment[] = [];
  let from = 0;
  for (;;) {
    interpolated.lastIndex = from;
    const open = interpolated.exec(text)?.index;
    if (open === undefined) break;
    const close = endOfExpression[language](text, open + 2);
    if (close === undefined) return { kind: "unclosed", offset: open };
    if (open > from) segments.push({ kind: "literal", text: text.slice(from, open) });
    segments.push({ kind: "expression", source: text.slice(open + 2, close), offset: open + 2 });
    from = close + 1;
  }
  if (segments.length === 0) return { kind: "literal" };
  if (from < text.length) segments.push({ kind: "literal", text: text.slice(from) });
  return { kind: "mixed", segments };
}

/** The expression that fills the whole text but for white space around it, if it is one. */
export function wholeExpression(text: string, language: Language = "jq"): { readonly source: string; readonly offset: number } | undefined {
  const open = text.search(/\S/);
  if (open < 0 || !text.startsWith("${", open)) return undefined;
  const close = endOfExpression[language](text, open + 2);
  if (close === undefined || text.slice(close + 1).trim() !== "") return undefined;
  return { source: text.slice(open + 2, close), offset: open + 2 };
}

/** Where the brace closes that was opened before `from`: jq's strings, with what is interpolated in them, and comments are stepped over. */
function closingBrace(text: string, from: number): number | undefined {
  // What is open: a brace or parenthesis of the expression, or a string.
  const open: ("{" | "(" | '"')[] = [];
  for (let i = from; i < text.length; i++) {
    const char = text[i];
    if (open.at(-1) === '"') {
      if (char === '"') open.pop();
      else if (char === "\\" && text[++i] === "(") open.push("(");
    } else if (char === '"' || char === "{" || char === "(") open.push(char);
    else if (char === ")") {
      if (open.at(-1) === "(") open.pop();
    } else if (char === "}") {
      if (!open.includes("{")) return i;
      while (open.pop() !== "{");
    } else if (char === "#") {
      const end = text.indexOf("\n", i);
      if (end < 0) return undefined;
      i = end;
    }
  }
  return undefined;
}

const endOfExpression: { readonly [L in Language]: (text: string, from: number) => number | undefined } = {
  jq: closingBrace,
  js: jsExpressionEnd,
};
