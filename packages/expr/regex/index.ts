// Regular expressions as jq has them: Oniguruma's Perl syntax with named groups, over Unicode code points, matched by
// an engine of our own. The host's engine cannot be stopped once it runs; this one takes every step from a budget.

import type { RegexBudget } from "./budget.ts";
import { compilePattern } from "./compiler.ts";
import type { Options } from "./group-parser.ts";
import { PatternParser } from "./parser.ts";
import { Searcher, type Preference } from "./searcher.ts";
import { RegexSyntaxError } from "./syntax-error.ts";

export { RegexBudgetExceeded, type RegexBudget } from "./budget.ts";

/** A stretch of the text, in UTF-16 code units. */
export interface RegexSpan {
  readonly start: number;
  readonly end: number;
}

/** A match: the whole of it, and its groups in the order of their opening parentheses; null for one that took no part. */
export interface RegexMatch extends RegexSpan {
  readonly groups: readonly (RegexSpan | null)[];
}

/** A compiled pattern. */
export interface Regex {
  /** The names of the groups, null for one without. */
  readonly groupNames: readonly (string | null)[];
  /** Finds the first match that begins at `from` or later; throws `RegexBudgetExceeded` when the budget is spent. */
  exec(text: string, from: number, budget: RegexBudget): RegexMatch | null;
}

/** The outcome of compiling: a regex, or why there is none and where in the pattern, in UTF-16 code units. */
export type RegexResult =
  | { readonly ok: true; readonly regex: Regex }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** jq's modifiers. `g` is the caller's to heed. `s` changes nothing: `^` and `$` are the ends of the text anyway. */
const knownFlags = /^[gixsnpl]*$/;

/** Compiles a pattern with jq's modifiers: `i` ignores case, `x` is extended, `p` lets the dot match a newline, `l` finds the longest, `n` no empty match. */
export function compileRegex(pattern: string, flags: string): RegexResult {
  if (!knownFlags.test(flags)) return { ok: false, message: `${flags} is not a valid modifier string`, offset: 0 };
  try {
    return { ok: true, regex: build(pattern, flags) };
  } catch (error) {
    if (error instanceof RegexSyntaxError) return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}

function build(source: string, flags: string): Regex {
  const options: Options = {
    ignoreCase: flags.includes("i"),
    extended: flags.includes("x"),
    dotAll: flags.includes("p"),
    lineAnchors: false,
  };
  const preference: Preference = { longest: flags.includes("l"), notEmpty: flags.includes("n") };
  const pattern = new PatternParser(source, options).parse();
  const searcher = new Searcher(compilePattern(pattern), preference);
  const { groupNames } = pattern;
  return {
    groupNames,
    exec: (text, from, budget) => {
      const registers = searcher.search(text, from, budget);
      return registers === undefined ? null : matchOf(registers, groupNames.length);
    },
  };
}

function matchOf(registers: Int32Array, groupCount: number): RegexMatch {
  const groups: (RegexSpan | null)[] = [];
  for (let group = 1; group <= groupCount; group++) groups.push(spanOf(registers, group));
  return { start: registers[0] ?? 0, end: registers[1] ?? 0, groups };
}

function spanOf(registers: Int32Array, group: number): RegexSpan | null {
  const start = registers[2 * group] ?? -1;
  const end = registers[2 * group + 1] ?? -1;
  return end === -1 ? null : { start, end };
}
