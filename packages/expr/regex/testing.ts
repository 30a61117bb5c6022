// For the tests of this folder: a match in a form that fits into a table.

import { compileRegex, type Regex, type RegexMatch } from "./index.ts";

/** Steps that no sane pattern needs on the short texts of the tests. */
export const ampleSteps = 1_000_000;

/** Compiles a pattern that must be right. */
export function regexOf(pattern: string, flags = ""): Regex {
  const result = compileRegex(pattern, flags);
  if (!result.ok) throw new Error(`${pattern}: ${result.message} at ${result.offset}`);
  return result.regex;
}

/** The first match with its groups as `offset:text`, "-" for a group not set, "none" for no match, the message for no regex. */
export function describeMatch(pattern: string, flags: string, text: string): string {
  const result = compileRegex(pattern, flags);
  if (!result.ok) return result.message;
  const match = result.regex.exec(text, 0, { steps: ampleSteps });
  return match === null ? "none" : describe(match, text);
}

function describe(match: RegexMatch, text: string): string {
  return [match, ...match.groups].map((span) => (span === null ? "-" : `${span.start}:${text.slice(span.start, span.end)}`)).join(" ");
}
