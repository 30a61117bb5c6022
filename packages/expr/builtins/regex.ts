// Builtins over regular expressions: `test`, `match`, `capture`, `scan`, `split`, `sub` and their kin. Offsets and
// lengths count code points. A pattern is compiled once per place in the program and kept while it stays the same.
import type { Run } from "../budget.ts";
import { fail } from "../failure.ts";
import { constantCode } from "../code/basic.ts";
import { applyCode } from "../code/apply.ts";
import { arrayCode } from "../code/build.ts";
import { Code, type Sink } from "../code/code.ts";
import { compileRegex, type Regex, RegexBudgetExceeded, type RegexMatch, type RegexSpan } from "../regex/index.ts";
import { add } from "../value/arithmetic.ts";
import { typeError } from "../value/describe.ts";
import { CodePointCounter } from "../value/text.ts";
import { isArray, kindOf, type OpenObject, putValue, type Value } from "../value/value.ts";
import { argument, looping, type Maker, type MakerTable, withValue } from "./maker.ts";

/** Bytes charged for one match object. */
const matchBytes = 256;

/** A pattern with its flags, both already checked. */
interface Pattern {
  readonly regex: Regex;
  readonly global: boolean;
}

/** Compiles patterns for one place in the program, and keeps the last one. */
type PatternSource = (pattern: Value, flags: Value) => Pattern;

function patternSource(): PatternSource {
  let last: { readonly pattern: Value; readonly flags: Value; readonly compiled: Pattern } | undefined;
  return (pattern, flags) => {
    if (last?.pattern === pattern && last.flags === flags) return last.compiled;
    const compiled = compilePattern(pattern, flags);
    last = { pattern, flags, compiled };
    return compiled;
  };
}

function compilePattern(pattern: Value, flags: Value): Pattern {
  if (typeof pattern !== "string") return typeError(pattern, "is not a string");
  if (flags !== null && typeof flags !== "string") return typeError(flags, "is not a string");
  const modifiers = flags ?? "";
  if (!/^[gixsnpl]*$/.test(modifiers)) return fail(`${modifiers} is not a valid modifier string`);
  const result = compileRegex(pattern, modifiers.replaceAll("g", ""));
  return result.ok ? { regex: result.regex, global: modifiers.includes("g") } : fail(`Regex failure: ${result.message}`);
}

function subject(input: Value): string {
  return typeof input === "string" ? input : typeError(input, "cannot be matched, as it is not a string");
}

/** Calls `visit` with each match in turn, until it says stop. */
function eachMatch(text: string, { regex, global }: Pattern, run: Run, visit: (match: RegexMatch) => boolean): boolean {
  for (let from = 0; from <= text.length;) {
    run.step();
    const match = search(text, from, regex, run);
    if (match === null) return true;
    if (!visit(match)) return false;
    if (!global) return true;
    from = match.end > match.start ? match.end : match.end + unitsAt(text, match.end);
  }
  return true;
}

function search(text: string, from: number, regex: Regex, run: Run): RegexMatch | null {
  try {
    return regex.exec(text, from, run.regex);
  } catch (error) {
    if (error instanceof RegexBudgetExceeded) run.end("regex");
    throw error;
  }
}

function unitsAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function spanObject(text: string, span: RegexSpan | null, points: CodePointCounter): OpenObject {
  if (span === null) return { offset: -1, length: 0, string: null };
  const offset = points.at(span.start);
  return { offset, length: points.at(span.end) - offset, string: text.slice(span.start, span.end) };
}

function matchObject(text: string, match: RegexMatch, regex: Regex, points: CodePointCounter): Value {
  const captures = match.groups.map((group, i) => ({ ...spanObject(text, group, points), name: regex.groupNames[i] ?? null }));
  return { ...spanObject(text, match, points), captures };
}

/** The named groups of a match as an object; of groups with one name, the last that took part. */
function capturesOf(text: string, match: RegexMatch, regex: Regex): OpenObject {
  const result: OpenObject = {};
  regex.groupNames.forEach((name, i) => {
    if (name === null) return;
    const group = match.groups[i] ?? null;
    const value = group === null ? null : text.slice(group.start, group.end);
    if (value !== null || !Object.hasOwn(result, name)) putValue(result, name, value);
  });
  return result;
}

type Convert = (text: string, match: RegexMatch, regex: Regex, points: CodePointCounter) => Value;

/** Code that yields something for every match. */
function matchesCode(pattern: Code, flags: Code, convert: Convert): Code {
  return new Code({
    yields: "many",
    each: () => {
      const source = patternSource();
      const [patterns, modifiers] = [pattern.one(), flags.one()];
      return (input, frame, sink) => {
        const [given, modifier] = [patterns(input, frame), modifiers(input, frame)];
        const text = subject(input);
        const compiled = source(given, modifier);
        const points = new CodePointCounter(text);
        return eachMatch(text, compiled, frame.run, (match) => {
          frame.run.allocate(matchBytes);
          return sink(convert(text, match, compiled.regex, points));
        });
      };
    },
  });
}

/** `name(pattern; flags)` and `name(value)`, where the value is a pattern or an array of pattern and flags. */
function patternMaker(make: (pattern: Code, flags: Code, at: number) => Code): Maker {
  return (args, at, slot) => {
    const [first, second] = args;
    if (second) return withValue(second, slot, (flags) => withValue(first as Code, slot, (pattern) => make(pattern, flags, at)));
    return withValue(first as Code, slot, (value) => make(applyCode(patternOf, [value], at), applyCode(flagsOf, [value], at), at));
  };
}

function patternOf(_run: Run, _input: Value, value: Value = null): Value {
  if (typeof value === "string") return value;
  const pattern = isArray(value) ? value[0] : undefined;
  return pattern === undefined ? fail(`${kindOf(value)} not a string or array`) : pattern;
}

function flagsOf(_run: Run, _input: Value, value: Value = null): Value {
  return isArray(value) ? (value[1] ?? null) : null;
}

function testCode(pattern: Code, flags: Code): Code {
  return new Code({
    yields: "one",
    one: () => {
      const source = patternSource();
      const [patterns, modifiers] = [pattern.one(), flags.one()];
      return (input, frame) => {
        const [given, modifier] = [patterns(input, frame), modifiers(input, frame)];
        const text = subject(input);
        return search(text, 0, source(given, modifier).regex, frame.run) !== null;
      };
    },
  });
}

const matched: Convert = matchObject;
const captured: Convert = (text, match, regex) => capturesOf(text, match, regex);
const scanned: Convert = (text, match) =>
  match.groups.length === 0
    ? text.slice(match.start, match.end)
    : match.groups.map((group) => (group === null ? null : text.slice(group.start, group.end)));

/** `"g" + flags` */
function globally(flags: Code, at: number): Code {
  return applyCode((run, _input, given = null) => add("g", given, run), [flags], at);
}

const scanMaker: Maker = (args, at, slot) =>
  withValue(argument(args, 0), slot, (pattern) =>
    withValue(args[1] ?? constantCode(null), slot, (flags) => matchesCode(pattern, globally(flags, at), scanned)),
  );

function splitsCode(pattern: Code, flags: Code): Code {
  return new Code({
    yields: "many",
    each: () => {
      const source = patternSource();
      const [patterns, modifiers] = [pattern.one(), flags.one()];
      return (input, frame, sink) => {
        const [given, modifier] = [patterns(input, frame), modifiers(input, frame)];
        const text = subject(input);
        const compiled = source(given, modifier);
        let from = 0;
        const going = eachMatch(text, compiled, frame.run, (match) => {
          const part = text.slice(from, match.start);
          from = match.end;
          return sink(part);
        });
        return going && sink(text.slice(from));
      };
    },
  });
}

const splitsMaker: Maker = (args, at, slot) =>
  withValue(argument(args, 0), slot, (pattern) =>
    withValue(args[1] ?? constantCode(null), slot, (flags) => splitsCode(pattern, globally(flags, at))),
  );

/** `sub(pattern; replacement; flags)`: the n-th results of the replacements make up the n-th result. */
function subCode(pattern: Code, replacement: Code, flags: Code): Code {
  return new Code({
    yields: "many",
    each: () => {
      const source = patternSource();
      const [patterns, modifiers] = [pattern.one(), flags.one()];
      const push = replacement.push();
      return (input, frame, sink) => {
        const text = subject(input);
        const compiled = source(patterns(input, frame), modifiers(input, frame));
        const results: Value[] = [];
        let from = 0;
        eachMatch(text, compiled, frame.run, (match) => {
          const inserts: Value[] = [];
          push(capturesOf(text, match, compiled.regex), frame, inserts);
          const gap = text.slice(from, match.start);
          from = match.end;
          inserts.forEach((insert, i) => {
            results[i] = add(results[i] ?? null, add(gap, insert, frame.run), frame.run);
          });
          return true;
        });
        return sendResults(results, text, from, frame.run, sink);
      };
    },
  });
}

function sendResults(results: readonly Value[], text: string, from: number, run: Run, sink: Sink): boolean {
  if (results.length === 0) return sink(text);
  for (const result of results) if (!sink(add(result, text.slice(from), run))) return false;
  return true;
}

function subMaker(everywhere: boolean): Maker {
  return (args, at, slot) => {
    const given = args[2] ?? constantCode("");
    const flags = everywhere ? applyCode((run, _input, own = null) => add(own, "g", run), [given], at) : given;
    return withValue(argument(args, 0), slot, (pattern) => withValue(flags, slot, (own) => subCode(pattern, argument(args, 1), own)));
  };
}

/** Builtins over regular expressions. */
export const regexBuiltins: MakerTable = {
  "test/1": looping(patternMaker(testCode)),
  "test/2": looping(patternMaker(testCode)),
  "match/1": looping(patternMaker((pattern, flags) => matchesCode(pattern, flags, matched))),
  "match/2": looping(patternMaker((pattern, flags) => matchesCode(pattern, flags, matched))),
  "capture/1": looping(patternMaker((pattern, flags) => matchesCode(pattern, flags, captured))),
  "capture/2": looping(patternMaker((pattern, flags) => matchesCode(pattern, flags, captured))),
  "scan/1": looping(scanMaker),
  "scan/2": looping(scanMaker),
  "splits/1": looping(splitsMaker),
  "splits/2": looping(splitsMaker),
  "split/2": looping((args, at, slot) => arrayCode(splitsMaker(args, at, slot))),
  "sub/2": looping(subMaker(false)),
  "sub/3": looping(subMaker(false)),
  "gsub/2": looping(subMaker(true)),
  "gsub/3": looping(subMaker(true)),
};
