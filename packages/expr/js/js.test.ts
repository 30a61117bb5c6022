import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { compileJs, ExpressionError, type Json } from "../index.ts";

const input = {
  items: [
    { p: 3, n: "x" },
    { p: 1, n: "y" },
  ],
  s: "abc",
  t: " Ä b ",
  nothing: null,
  "a-b": { 0: true },
  list: [3, 20, 1, -0],
};
const limits = { now: 1_767_322_800_000, steps: 100_000, bytes: 1_000_000 };

function compiled(source: string) {
  const result = compileJs(source, { variables: ["context", "item"] });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("; "));
  return result.expression;
}

const value = (source: string): Json => compiled(source).first(input, [{ limit: 5 }, "i"], limits) ?? null;

function failure(source: string): { readonly kind: string; readonly message: string; readonly offset: number | undefined } {
  try {
    value(source);
  } catch (error) {
    if (error instanceof ExpressionError) return { kind: error.kind, message: error.message, offset: error.offset };
    throw error;
  }
  throw new Error(`${source} did not fail`);
}

const complaint = (source: string): string => {
  const result = compileJs(source, { variables: ["context", "item"] });
  if (result.ok) throw new Error(`${source} compiles`);
  return result.diagnostics
    .map(({ message, offset, length, hint }) => `${offset}+${length} ${message}${hint === undefined ? "" : ` (${hint})`}`)
    .join("; ");
};

/** What the host itself makes of a source; as JSON, so that only what a result can hold is compared. */
function native(source: string): Json {
  const text = runInNewContext(`JSON.stringify(${source})`, { $: structuredClone(input), $context: { limit: 5 }, $item: "i" }) as
    | string
    | undefined;
  return text === undefined ? null : (JSON.parse(text) as Json);
}

const sources = [
  "1 + 2 * 3 ** 2 % 5 - -4 / 8",
  "0x1F + 0b101 + 0o17 + 1_000 + .5 + 1e3 + 5.",
  "'a\\n\\x41\\u0042\\u{1F600}' + \"it's\" + '\\\n'",
  "`a ${$.s} ${`in ${1 + 1}`} \\${no} ${[1, [2]]} ${null} ${undefined}`",
  "$.items.map(x => x.p * 2)",
  "$.items.filter(({ p }) => p > 1).map(({ n: name, ...rest }) => ({ name, ...rest }))",
  "((a, b = a + 1, [c, , d = 4] = [3], { e = 5, f: { g } = { g: 6 } } = {}, ...rest) => [a, b, c, d, e, g, rest])(1)",
  "(f => f(f, 5))((self, n) => n < 2 ? 1 : n * self(self, n - 1))",
  "[...'añ😀', ...[1, 2], 3].length",
  "({ a: 1, ['b' + 1]: 2, 'c-d': 3, 4: 5, ...$.items[0], ...null, s: $.s })",
  "($['a-b'][0] && $.nothing?.x.y.z) ?? 'none'",
  "[$.nope?.x, $.nope?.[0], $.nope?.(), $.s.nope?.(), $?.s?.length, $.items?.[0]?.p]",
  "[1 < 2, '10' < '9', '10' < 9, null >= 0, undefined > 0, NaN !== NaN, [2] > 1]",
  "[null == undefined, '1' == 1, true == '1', [1] == 1, 0 == '', null == 0, 'a' == 'a', NaN == NaN]",
  "[1 + '2', '3' * '4', true + 1, null + 1, [] + {}, [1, 2] + '', -'5', +true, ~5, !'', typeof null, typeof 1, typeof 'a', typeof {}, typeof (() => 1), typeof undefined, void 0]",
  "[5 & 3, 5 | 3, 5 ^ 3, 1 << 4, -16 >> 2, -16 >>> 28]",
  "[0 || 'a', 0 ?? 'a', '' && 'b', null ?? undefined ?? 1]",
  "['p' in $.items[0], 'q' in $.items[0], 1 in [5, 6]]",
  "1 > 2 ? 'a' : 2 > 1 ? 'b' : 'c'",
  "[3, 20, 1].toSorted()",
  "$.items.toSorted((a, b) => a.p - b.p || 1)[0].n",
  "[5, 1, 4].toSorted((a, b) => b - a).toReversed().with(-1, 9).toSpliced(1, 1, 'x', 'y')",
  "[1, 2, 3, 4].slice(-3, -1).concat(5, [6, [7]]).flat().includes(7)",
  "[[1, [2, [3]]], 4].flat(Infinity).indexOf(3)",
  "[1, 2, 3].reduce((a, b) => a + b) + [1, 2, 3].reduceRight((a, b) => a + '-' + b, 's')",
  "[[1, 2, 3].some(x => x > 2), [1, 2].every(x => x > 1), [].every(x => false), [1, 2].find(x => x > 1), [1, 2].findIndex(x => x > 5), [1, 2, 1].findLast(x => x < 2), [1, 2, 1].findLastIndex(x => x < 2)]",
  "[[1, 2].at(-1), [NaN].includes(NaN), [NaN].indexOf(NaN), [1, 2, 1].lastIndexOf(1), [1, null, undefined, 'a'].join('|'), [[1, 2], [3]].toString()]",
  "[...['a', 'b'].entries(), ...['a'].keys(), ...['z'].values()]",
  "[1, 2].flatMap(x => [x, [x * 2]])",
  "$.list.map(String).concat($.list.map(Number), ['', 'a', null].map(Boolean), ['1', 'x'].map(Number.isNaN))",
  "[$.s.at(-1), $.s.charAt(1), $.s.charCodeAt(0), '😀'.codePointAt(0), $.s.concat(1, null), $.s.endsWith('c'), $.s.endsWith('b', 2), $.s.startsWith('b', 1)]",
  "['a-b-a'.indexOf('a', 1), 'a-b-a'.lastIndexOf('a'), 'abc'.slice(-2), 'abc'.substring(2, 0), 'abc'.substring(1), 'a,b,c'.split(','), 'abc'.split(''), 'a,b'.split(',', 1), 'ab'.split()]",
  "['5'.padStart(3, '0'), 'ab'.padEnd(5), 'ab'.repeat(3), $.t.trim(), $.t.trimStart(), $.t.trimEnd(), $.t.toUpperCase(), $.t.toLowerCase()]",
  "['aXbX'.replace('X', '-'), 'aXbX'.replaceAll('X', m => m + m), 'aXb'.replace('X', (m, at) => at), 'aa'.replaceAll('', '.')]",
  "[(1.005).toFixed(2), (255).toString(16), (1234.5678).toPrecision(6), 1e21 + '', (0.1 + 0.2).toString(), 1 / 0 > 5]",
  "[Math.max(...$.list), Math.min(), Math.round(-0.5), Math.trunc(-4.7), Math.hypot(3, 4), Math.sign(-3), Math.floor(Math.PI), Math.abs('-3'), Math.pow(2, 10)]",
  "[Object.keys($), Object.values($.items[0]), Object.entries($.items[1]), Object.fromEntries([['a', 1], ['b', 2]]), Object.assign({}, $.items[0], { q: 1 }), Object.hasOwn($, 's')]",
  "[Array.isArray([]), Array.isArray('a'), Array.from({ length: 3 }, (_, i) => i * i), Array.from('ab'), Array.of(1, 2)]",
  "[parseInt('12px'), parseInt('ff', 16), parseFloat('1.5e2x'), Number('0x10'), Number(''), Number.isInteger(5.0), isNaN('a'), isFinite('5'), Number.parseFloat('2.5')]",
  "[JSON.stringify($), JSON.stringify({ a: undefined, b: [undefined, () => 1], c: NaN }), JSON.stringify([{ a: 1 }, []], null, 2), JSON.stringify({ a: [1] }, null, '--'), JSON.parse('{\"a\":[1,null]}').a[0]]",
  "[encodeURIComponent('a b&ü'), decodeURIComponent('a%20b'), encodeURI('http://x/ä?b'), String.fromCodePoint(97, 128512)]",
  "Object.groupBy([1, 2, 3], x => x % 2 ? 'odd' : 'even')",
  "[$context.limit, $item, $.items.length]",
  "{ a: 1 }.a",
  "[undefined, NaN, Infinity, -0]",
  "$.items.map((item, index, all) => [index, all.length, item.n])",
  "/* a comment */ 1 + // another\n 2",
];

test.each(sources)("gives what JavaScript gives: %s", (source) => {
  expect(value(source)).toEqual(native(source));
});

test("sort and reverse give new arrays and leave the old ones alone", () => {
  expect(value("[$.list.sort((a, b) => a - b), $.list.reverse(), $.list[0]]")).toEqual([
    [0, 1, 3, 20].toSorted((a, b) => a - b),
    [0, 1, 20, 3],
    3,
  ]);
});

test("a result that JSON cannot hold is null, or left out", () => {
  expect(value("({ a: undefined, b: [undefined], c: 1 / 0 })")).toEqual({ b: [null], c: null });
  expect(failure("x => x").message).toBe("the result is, or holds, a function; call it, or leave it out");
});

test("the time is the host's, and stands still", () => {
  expect(value("Date.now() === Date.now() && Date.now()")).toBe(limits.now);
});

test.each([
  ["$.nope.x", "Cannot read `x` of undefined", 7],
  ["1 + $.items[5].p", "Cannot read `p` of undefined", 15],
  ["$.items.push(1)", "an array has no method `push`: an expression changes nothing; build a new array with [...a, x], slice or filter", 8],
  ["$.s.localeCompare('b')", "a string has no method `localeCompare`", 4],
  ["$.s()", "`s` is a string, which cannot be called", 2],
  ["(1)()", "a number cannot be called", 3],
  ["[].reduce((a, b) => a)", "reduce of an empty array needs a value to begin with", 3],
  ["[1].map(2)", "a function is needed here, but a number was given", 4],
  ["[...5]", "a number has no items", 4],
  ["JSON.parse('{')", "the text is no JSON", 5],
  ["'' + (x => x)", "Cannot convert the function (anonymous) to text", 3],
])("%s fails: %s", (source, message, offset) => {
  expect(failure(source)).toEqual({ kind: "error", message, offset });
});

test.each([
  "$.constructor",
  "$.__proto__",
  "$.s.constructor",
  "[].constructor",
  "(() => 1).constructor",
  "(() => 1).call",
  "(5).constructor",
  "Object.keys.constructor",
  "$['__pro' + 'to__']",
  "$.items.map",
])("nothing leads out of the data: %s", (source) => {
  expect(value(source)).toBeNull();
});

test("a key called __proto__ is a key like any other", () => {
  expect(JSON.stringify(value("({ ['__proto__']: 1, ...JSON.parse('{\"__proto__\": 2}') })"))).toBe('{"__proto__":2}');
});

test.each([
  ["(f => f(f))(f => f(f))", /budget of 1000 nested calls/],
  ["'x'.repeat(1e9)", /budget of 1000000 bytes of memory/],
  ["Array.from({ length: 1e9 })", /budget of 100000 steps/],
  ["Array.from({ length: 300 }, (_, i) => Array.from({ length: 1000 }, () => i))", /budget of 100000 steps/],
  ["Array.from({ length: 30 }).reduce(a => a + a, 'x')", /bytes of memory/],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 1)", /values in its results/],
  ["Array.from({ length: 30 }).reduce(a => [a, a], 1) + ''", /bytes of memory/],
  ["JSON.stringify(Array.from({ length: 30 }).reduce(a => [a, a], 1))", /bytes of memory/],
  ["((a, b) => Array.from({ length: 1000 }, () => a === b))('x'.repeat(1e5), 'x'.repeat(1e5))", /budget of 100000 steps/],
  ["((a, b) => Array.from({ length: 1000 }, () => a < b))('x'.repeat(1e5), 'x'.repeat(1e5))", /budget of 100000 steps/],
  ["((a, b) => Array.from({ length: 1000 }, () => [a].includes(b)))('x'.repeat(1e5), 'x'.repeat(1e5))", /budget of 100000 steps/],
  ["Array.from({ length: 100 }, () => 'x'.repeat(1e4)).sort()", /budget/],
  ["'a'.repeat(1e5).indexOf('b' + 'a'.repeat(5e4))", /budget of 100000 steps/],
  ["'a'.repeat(1e5).split('b' + 'a'.repeat(5e4))", /budget of 100000 steps/],
  ["(a => Array.from({ length: 1000 }, () => +a))('1'.repeat(1e5))", /budget of 100000 steps/],
  ["'a'.padEnd(1e8)", /bytes of memory/],
  ["Array.from({ length: 3000 }).reduce(a => [a], 1)", /2000 levels of nesting in its results/],
])("%s ends with its budget", (source, message) => {
  expect(failure(source)).toMatchObject({ kind: "budget", message: expect.stringMatching(message) as unknown });
});

test.each([
  ["foo + 1", "0+3 foo is not defined"],
  ["context.limit", "0+7 context is not defined (Did you mean $context?)"],
  ["$contxt", "0+7 $contxt is not defined (Did you mean $context?)"],
  ["parseint('1') + Infinty", "0+8 parseint is not defined (Did you mean parseInt?); 16+7 Infinty is not defined (Did you mean Infinity?)"],
  ["Math.random()", "5+6 Math.random is not defined (chance would make a replay differ; take it from the input)"],
  ["Math.flor(1)", "5+4 Math.flor is not defined (Did you mean floor?)"],
  ["process.exit()", "0+7 process is not defined (an expression sees nothing of the server)"],
  ["new Date()", "0+3 `new` has no place in an expression (write literals; Date.now() is the time)"],
  [
    "a = 1",
    "2+1 syntax error: unexpected `=`, expected an operator or the end of the expression (an expression changes nothing; compare with ===)",
  ],
  [
    "$.x++",
    "3+2 syntax error: unexpected `++`, expected an operator or the end of the expression (an expression changes nothing; compare with ===)",
  ],
  ["if (1) 2", "0+2 `if` has no place in an expression (an expression has no statements; choose with a ? b : c)"],
  ["x => { return x }", "0+1 an arrow function's body is an expression here (write (x) => ..., and an object as ({ ... }))"],
  ["(1, 2)", "2+1 syntax error: there is no comma operator here"],
  ["/a/.test('a')", "0+1 there are no regular expressions here (use includes, startsWith, split or replaceAll with a text)"],
  ["-2 ** 2", "3+2 syntax error: it is not clear what ** belongs to (write parentheses)"],
  ["1 ?? 2 || 3", "2+2 syntax error: ?? stands beside && or || (write parentheses)"],
  ["1 +", "3+0 syntax error: unexpected the end of the expression, expected an expression"],
  ["[1, 2", "5+0 syntax error: unexpected the end of the expression, expected `,`"],
  ["'abc", "0+1 syntax error: the text does not end (close it with ')"],
  ["10n", "0+3 syntax error: there are no BigInts here (leave the n out)"],
  ["(a, a) => a", "0+1 syntax error: the function has two parameters called a"],
  ["1 # 2", "2+1 syntax error: unexpected `#`, expected an operator or the end of the expression"],
])("%s does not compile", (source, message) => {
  expect(complaint(source)).toBe(message);
});

test("endless nesting is refused, whatever nests", () => {
  for (const open of ["(", "[", "!", "x => ", "{ a: ", "f(", "`${", "1 ? 1 : ", "-"])
    expect(complaint(open.repeat(100_000))).toMatch(/nests|expected/);
  expect(complaint(`1${" + 1".repeat(100_000)}`)).toMatch(/operators in a row/);
  expect(complaint(`$${".a".repeat(100_000)}`)).toMatch(/members in a row/);
});
