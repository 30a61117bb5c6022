// Regular expressions of JSON Schema. They come from users and meet values that come from users, and the host's
// engine cannot be stopped once it runs; so they run on the engine of the expressions, which takes its steps from a
// budget. That engine speaks Oniguruma's dialect: a pattern is read as ECMA-262 (with the flag `u`, as JSON Schema
// recommends) and written in the other dialect, construct by construct.
import { err, ok, type Result } from "@baton/core";
import { compileRegex, RegexBudgetExceeded, type Regex } from "@baton/expr";
import { CheckEnd, type Run } from "./run.ts";

/** Whether a pattern is found somewhere in a text; the run pays for it. */
export type Pattern = (text: string, run: Run) => boolean;

/** How many steps of the matcher one step of a check pays for. */
const matcherStepsPerStep = 16;
/** How many steps of the matcher one match may take. */
const maxMatcherSteps = 1_000_000;

/** Compiles a pattern, or says why it is none. */
export function compilePattern(source: string): Result<Pattern, string> {
  const problem = syntaxProblem(source);
  if (problem !== undefined) return err(problem);
  const compiled = compileRegex(translate(source), "p");
  return compiled.ok ? ok((text, run) => matches(compiled.regex, text, run)) : err(compiled.message);
}

/** A reference to a group, behind any number of other characters and escapes; for a group without a match the dialects differ. */
const reference = /^(?:[^\\]|\\[^1-9k])*\\[1-9k]/s;

/** What the host says of the syntax; compiling a pattern runs nothing. */
function syntaxProblem(source: string): string | undefined {
  try {
    RegExp(source, "u");
    if (/\(\?[ims-]+:/.test(source)) return "modifiers such as `(?i:...)` are not supported";
    return reference.test(source) ? "references to groups, such as `\\1`, are not supported" : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^Invalid regular expression: \/.*\/u: /s, "");
  }
}

function matches(regex: Regex, text: string, run: Run): boolean {
  const budget = { steps: maxMatcherSteps };
  try {
    return regex.exec(text, 0, budget) !== null;
  } catch (error) {
    if (error instanceof RegexBudgetExceeded) throw new CheckEnd(`a pattern takes more than ${maxMatcherSteps} steps to match`);
    throw error;
  } finally {
    run.spend(Math.ceil((maxMatcherSteps - budget.steps) / matcherStepsPerStep));
  }
}

const digit = "0-9";
const word = "A-Za-z0-9_";
const space = String.raw`\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;

/** The members of a class of characters; an upper-case letter means all others. */
const classes: { readonly [letter: string]: string } = { d: digit, w: word, s: space };

/** Characters by their escape. */
const controls: { readonly [letter: string]: number } = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

/** Writes an ECMA-262 pattern in the engine's dialect. The syntax is known to be right. */
function translate(source: string): string {
  let out = "";
  let inClass = false;
  for (let at = 0; at < source.length;) {
    const rest = source.slice(at);
    const [piece, written] = rest.startsWith("\\")
      ? translateEscape(rest, inClass)
      : inClass
        ? translateMember(rest)
        : translateSyntax(rest);
    if (!inClass && piece.startsWith("[") && !piece.endsWith("]")) inClass = true;
    else if (inClass && piece === "]") inClass = false;
    out += written;
    at += piece.length;
  }
  return out;
}

/** A piece of the source, and what it is in the other dialect. */
type Translated = readonly [piece: string, written: string];

function translateSyntax(rest: string): Translated {
  if (rest.startsWith("[^]")) return ["[^]", String.raw`[\x{0}-\x{10ffff}]`];
  if (rest.startsWith("[]")) return ["[]", "(?!)"];
  // A hyphen that is first in a class stands for itself; so does one that is last, see below.
  const opening = /^\[\^?-?/.exec(rest)?.[0];
  if (opening !== undefined) return [opening, opening.replace("-", codeEscape(0x2d))];
  const group = /^\(\?(?:<?[=!]|<[^>]*>|:)/.exec(rest)?.[0];
  if (group !== undefined) return [group, group];
  // Whether something is found does not depend on greed, so that the sign of a lazy quantifier is left out.
  const quantifier = /^(\{\d+(?:,\d*)?\}|[*+?])\??/.exec(rest);
  if (quantifier !== null) return [quantifier[0], quantifier[1] ?? ""];
  const [char = ""] = rest;
  if (char === "^") return [char, String.raw`\A`];
  if (char === "$") return [char, String.raw`\z`];
  // The dot of ECMA-262 leaves out four line breaks.
  if (char === ".") return [char, String.raw`[^\x{a}\x{d}\x{2028}\x{2029}]`];
  return [char, "()|".includes(char) ? char : literal(char)];
}

function translateMember(rest: string): Translated {
  if (rest.startsWith("-]")) return ["-", codeEscape(0x2d)];
  const [char = ""] = rest;
  return [char, char === "]" || char === "-" ? char : literal(char)];
}

function translateEscape(rest: string, inClass: boolean): Translated {
  const code = /^\\(?:u\{([\da-fA-F]+)\}|u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|u([\da-fA-F]{4})|x([\da-fA-F]{2}))/i.exec(rest);
  if (code !== null) return [code[0], codeEscape(pointOf(code))];
  const property = /^\\[pP]\{[^}]*\}/.exec(rest)?.[0];
  if (property !== undefined) return [property, property];
  const control = /^\\c([A-Za-z])/.exec(rest);
  if (control !== null) return [control[0], codeEscape((control[1] ?? "").charCodeAt(0) % 32)];
  const letter = rest.charAt(1);
  return [rest.slice(0, 2), translateLetter(letter, inClass)];
}

function translateLetter(letter: string, inClass: boolean): string {
  const members = classes[letter.toLowerCase()];
  if (members !== undefined) return letter === letter.toUpperCase() ? `[^${members}]` : inClass ? members : `[${members}]`;
  const control = controls[letter];
  if (control !== undefined) return codeEscape(control);
  if (letter === "b") return inClass ? codeEscape(8) : `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`;
  if (letter === "B") return `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`;
  return literal(letter);
}

function pointOf([, braced, high, low, four, two]: RegExpExecArray): number {
  const hex = (digits: string | undefined): number => Number.parseInt(digits ?? "0", 16);
  if (high !== undefined) return (hex(high) - 0xd800) * 0x400 + (hex(low) - 0xdc00) + 0x10000;
  return hex(braced ?? four ?? two);
}

function literal(char: string): string {
  return /^[\w\s]$/.test(char) && char !== " " ? char : codeEscape(char.codePointAt(0) ?? 0);
}

function codeEscape(point: number): string {
  return `\\x{${point.toString(16)}}`;
}
