// Random programs and inputs, run here and by jq itself (compiled to WebAssembly): both must say the same, errors
// included. EXPR_PAIRS=50000 makes the run longer; a failure prints its seed.
import { createRequire } from "node:module";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, type ExactValue, ExpressionError, type Json, parseJsonText, toJsonText } from "./index.ts";

interface JqWeb {
  raw(json: string, program: string, flags: readonly string[]): string;
}

const require = createRequire(import.meta.url);
const modulePath = require.resolve("jq-web");
const inputsPerProgram = 5;
const pairs = Number(process.env["EXPR_PAIRS"] ?? 2000);
const limits = { now: 0, steps: 50_000, bytes: 5_000_000, output: 20_000 };

// A trap inside WebAssembly leaves the module unusable, so that it is loaded anew.
async function loadJq(): Promise<JqWeb> {
  delete require.cache[modulePath];
  return (await require(modulePath)) as JqWeb;
}

const keys = ["a", "b", "c"];
const scalar = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, 1, -1, 2, 3, 1.5, -0.5, 10, 100),
  fc.constantFrom<Json>("", "a", "b", "abc", "a,b", "x y", "Ab", "1e1", "é", "a😀b", "aXbXc", "\"<&'>"),
);
const value = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    scalar,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie("any"), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any;

const functions0 = (
  "length keys keys_unsorted values nulls booleans numbers strings arrays objects iterables scalars add any all flatten floor sqrt " +
  "fabs round ceil trunc tostring tonumber? type sort unique min max ascii_downcase ascii_upcase explode tojson fromjson to_entries " +
  "with_entries(.) not empty error first last paths recurse transpose isempty(.) infinite nan isinfinite isnan isnormal abs " +
  "utf8bytelength tostream @text @json @html @uri @csv @tsv @sh @base64 @base64d map(.) env input_line_number " +
  'from_entries halt_error? reverse? implode? join(",") ascii_downcase? combinations? splits("b") isvalid?'
)
  .split(" ")
  .filter((name) => !/halt|isvalid|reverse|implode|env|^$/.test(name));
const functions1 =
  "map map_values select recurse path del to_entries|map sort_by group_by unique_by min_by max_by any all first limit(2;@) nth(1;@) " +
  "isempty with_entries paths has contains inside startswith endswith ltrimstr rtrimstr split join index flatten getpath delpaths " +
  "error walk pick add/@ tojson|@ in IN range indices test until(length?>3;@)";
const callers1 = functions1
  .split(" ")
  .filter((name) => !/until|add|walk|indices|index|paths|pick|^path|del/.test(name))
  .map((name) => (name.includes("@") ? name : name === "range" ? "[limit(5;range(@))]" : `${name}(@)`));
const operators = ["+", "-", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "//"];
const assignments = ["=", "|=", "+=", "-=", "//="];
const literals = [
  "null",
  "true",
  "false",
  "0",
  "1",
  "-1",
  "2",
  "1.5",
  '"a"',
  '"b"',
  '"abc"',
  '""',
  "[]",
  "{}",
  "[1,2]",
  '{"a":1}',
  "[[1],[2]]",
];

const programs = fc.letrec((tie) => {
  const inner = tie("expression") as fc.Arbitrary<string>;
  const path = tie("path") as fc.Arbitrary<string>;
  const with2 = (make: (a: string, b: string) => string) => fc.tuple(inner, inner).map(([a, b]) => make(a, b));
  const with3 = (make: (a: string, b: string, c: string) => string) => fc.tuple(inner, inner, inner).map(([a, b, c]) => make(a, b, c));
  return {
    path: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom(".", ".a", ".b", ".[0]", ".[1]", ".[-1]", ".[]", ".[]?", ".a?", "..", ".[1:]", ".[:1]", '.["c"]', "first", "last"),
      fc.tuple(path, path).map(([a, b]) => `(${a}|${b})`),
      fc.tuple(path, path).map(([a, b]) => `(${a},${b})`),
      fc.tuple(path, inner).map(([a, b]) => `(${a}|select(${b}))`),
      // Spaces, since jq reads `?//` as one token.
      fc.tuple(path, path).map(([a, b]) => `(${a} // ${b})`),
      fc.tuple(path, inner).map(([a, b]) => `(${a}|.[${b}|scalars])`),
      fc.tuple(inner, path, path).map(([a, b, c]) => `(if ${a} then ${b} else ${c} end)`),
      path.map((a) => `(${a})?`),
      path.map((a) => `first(${a})`),
      path.map((a) => `limit(2;${a})`),
      path.map((a) => `getpath([${a}|strings]|.[:2])`),
    ),
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom(".", ".a", ".b", ".[0]", ".[]?", "$x", "$y", ".a.b?", ".[-1:]", "..|numbers", ...literals),
      fc.constantFrom(...literals),
      fc.constantFrom(...functions0),
      path,
      with2((a, b) => `(${a}|${b})`),
      with2((a, b) => `(${a},${b})`),
      fc.tuple(inner, fc.constantFrom(...operators), inner).map(([a, op, b]) => `(${a} ${op} ${b})`),
      // Repeating a string no times reads stray memory in this jq.
      with2((a, b) => `((${a}|numbers) * (${b}|numbers))`),
      with2((a, b) => `((${a}|objects) * (${b}|objects))`),
      fc.tuple(path, fc.constantFrom(...assignments), inner).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(fc.constantFrom(...callers1), inner).map(([call, a]) => call.replace("@", () => a)),
      fc
        .tuple(fc.constantFrom("path(@)", "[paths(@)]", "del(@)", "pick(@)?", "to_entries?|map(@)?"), path)
        .map(([call, a]) => call.replace("@", () => a)),
      inner.map((a) => `[${a}]`),
      inner.map((a) => `-(${a})`),
      with2((a, b) => `{a:(${a}),b:(${b})}`),
      with2((a, b) => `{("k"+(${a}|tostring)):(${b})}`),
      with2((a, b) => `"x\\(${a})y\\(${b})"`),
      fc.tuple(fc.constantFrom("@json", "@uri", "@html", "@sh", "@base64"), inner).map(([f, a]) => `${f} "v=\\(${a})"`),
      with3((a, b, c) => `(if ${a} then ${b} else ${c} end)`),
      with2((a, b) => `(if ${a} then ${b} end)`),
      // Handlers do not see the messages, which may be cut at another length.
      with2((a, b) => `(try (${a}) catch (null|${b}))`),
      inner.map((a) => `(${a})?`),
      with2((a, b) => `((${a}) as $x|${b})`),
      with2((a, b) => `((${a}) as [$x,$y]|${b})`),
      with2((a, b) => `((${a}) as {a:$x,$b}|[$b,${b}])`),
      // In an array, so that no error of what follows leads back to the next alternative.
      with2((a, b) => `[(${a}) as [$x] ?// {a:$y} ?// $x|[$x,$y,${b}]]`),
      // With several initial values, jq loses its input after the first.
      with3((a, b, c) => `(reduce (${a}) as $x (first(${b});${c}))`),
      with3((a, b, c) => `(foreach (${a}) as $x (first(${b});${c}))`),
      with3((a, b, c) => `(foreach (${a}) as $x (first(${b});.;[$x,${c}]))`),
      with2((a, b) => `(label $f|(${a})|if . == 1 then break $f else ${b} end)`),
      with2((a, b) => `(def f: ${a}; ${b}|f)`),
      with2((a, b) => `(def f(g): g|g; f(${a})|${b})`),
      with2((a, b) => `(def f($v): [$v,v]; f(${a})|${b})`),
      with2((a, b) => `(def f(g): if (type == "array" and length > 0) then (.[1:]|f(g)),(.[0]|g) else ${b} end; f(${a}))`),
      fc
        .tuple(inner, fc.constantFrom("g", "n", "i", "x", "gi", null))
        .map(([a, flags]) => `(${a}|tostring|[match("[ab]";${JSON.stringify(flags)})|.offset,.length,.string])`),
      inner.map((a) => `(${a}|tostring|gsub("(?<l>[a-c])";"<\\(.l)>"))`),
    ),
  };
}).expression;

// Each result stands behind a 0, an error behind a 1.
function wrapped(program: string): string {
  return `0 as $x|1 as $y|[.[]|[try ((${program})|[0,.]) catch [1,.]]]`;
}

type Outcome = { readonly kind: "value"; readonly text: string } | { readonly kind: "refused" | "skipped" };

function ours(program: string, inputs: Json): Outcome {
  const compiled = compile(wrapped(program), { exactNumbers: true });
  if (!compiled.ok) return { kind: "refused" };
  try {
    const result = compiled.expression.first(inputs, [], limits) as ExactValue;
    return { kind: "value", text: canonical(toJsonText(result)) };
  } catch (error) {
    if (error instanceof ExpressionError && error.kind !== "error") return { kind: "skipped" };
    throw error;
  }
}

// Key order and the spelling of equal numbers do not count.
function canonical(text: string): string {
  const reading = parseJsonText(text);
  if (!reading.ok) throw new Error(`not JSON: ${reading.message}`);
  return toJsonText(reading.value, { sortKeys: true });
}

// An error message of jq may be ours cut shorter: this jq shows less of a value than newer ones.
function sameResults(mine: unknown, other: unknown): boolean {
  if (typeof mine === "string" && typeof other === "string") return mine === other || isCutFrom(other, mine);
  if (Array.isArray(mine) && Array.isArray(other))
    return mine.length === other.length && mine.every((item, i) => sameResults(item, other[i]));
  if (typeof mine !== "object" || typeof other !== "object" || mine === null || other === null) return mine === other;
  const keys = Object.keys(mine);
  const [a, b] = [mine, other] as [{ [key: string]: unknown }, { [key: string]: unknown }];
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && sameResults(a[key], b[key]));
}

function isCutFrom(cut: string, whole: string): boolean {
  const parts = cut.split(/\ufffd*\.{3}(?=\))/);
  if (parts.length === 1) return false;
  let at = 0;
  return parts.every((part, i) => {
    const found = i === 0 ? (whole.startsWith(part) ? 0 : -1) : whole.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

function same(mine: Outcome, other: Outcome): boolean {
  if (mine.kind !== "value" || other.kind !== "value") return mine.kind === other.kind;
  return sameResults(JSON.parse(mine.text), JSON.parse(other.text));
}

function theirs(jq: JqWeb, program: string, inputs: Json): Outcome | "trap" {
  try {
    return { kind: "value", text: canonical(jq.raw(JSON.stringify(inputs), wrapped(program), ["-c"])) };
  } catch (error) {
    const { exitCode } = error as { exitCode?: number };
    if (exitCode === 3) return { kind: "refused" };
    if (exitCode === undefined) return "trap";
    throw error;
  }
}

// jq passes what `debug` and traps say to standard error on its own.
function quietly<T>(work: () => T): T {
  const write = process.stderr.write.bind(process.stderr);
  process.stderr.write = () => true;
  try {
    return work();
  } finally {
    process.stderr.write = write;
  }
}

describe("against jq", () => {
  test(`${pairs} random programs and inputs`, { timeout: 600_000 }, async () => {
    let jq = await loadJq();
    let compared = 0;
    const property = fc.asyncProperty(
      programs,
      fc.array(value, { minLength: inputsPerProgram, maxLength: inputsPerProgram }),
      async (program, inputs) => {
        const mine = ours(program, inputs);
        if (mine.kind === "skipped") return;
        const other = quietly(() => theirs(jq, program, inputs));
        if (other === "trap") {
          jq = await loadJq();
          return;
        }
        compared += inputs.length;
        if (!same(mine, other)) expect(mine).toEqual(other);
      },
    );
    await fc.assert(property, {
      numRuns: Math.ceil(pairs / inputsPerProgram),
      ...(process.env["EXPR_SEED"] ? { seed: Number(process.env["EXPR_SEED"]) } : {}),
    });
    expect(compared).toBeGreaterThan(pairs / 2);
  });
});
