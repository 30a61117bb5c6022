import { describe, expect, test } from "vitest";
import { compile, ExpressionError, type Json } from "./index.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);

function all(source: string, input: Json = null, variables: { readonly [name: string]: Json } = {}): Json[] {
  const compiled = compile(source, { variables: Object.keys(variables) });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((problem) => problem.message).join("; "));
  return compiled.expression.all(input, Object.values(variables), { now });
}

describe("evaluation", () => {
  test("paths, pipes, commas and variables", () => {
    expect(all(".a.b[1], .c", { a: { b: [1, 2] }, c: "x" })).toEqual([2, "x"]);
    expect(all("$context.user | .name", null, { context: { user: { name: "Ann" } } })).toEqual(["Ann"]);
    expect(
      all('.items | map(select(.price > 10) | .name) | join(", ")', {
        items: [{ price: 11, name: "a" }, { price: 9 }, { price: 12, name: "b" }],
      }),
    ).toEqual(["a, b"]);
  });

  test("operators run the right side in the outer loop", () => {
    expect(all("[(1, 2) + (10, 20)]")).toEqual([[11, 12, 21, 22]]);
  });

  test("a variable keeps its value while the same filter runs inside itself", () => {
    expect(all("def twice(f): f | f; [3 | twice(. as $x | 10, $x)]")).toEqual([[10, 10, 10, 3]]);
  });

  test("errors downstream of a try are not caught by it", () => {
    expect(() => all('(try 1 catch 2) | error("x")')).toThrow(ExpressionError);
    expect(all('try ((try 1 catch 2) | error("x")) catch .')).toEqual(["x"]);
  });

  test("calls in last position do not nest", () => {
    expect(all("def count: if . >= 100000 then . else . + 1 | count end; 0 | count")).toEqual([100_000]);
  });
});

describe("keys that JavaScript treats specially", () => {
  const input = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as Json;

  test("are read as plain keys", () => {
    expect(all(".__proto__.x, .constructor, .toString, .hasOwnProperty", input)).toEqual([1, 2, null, null]);
    expect(all('.["__proto__"]?, .["valueOf"]', {})).toEqual([null, null]);
  });

  test("are written as plain keys", () => {
    const [result] = all('{"__proto__": {"polluted": true}} | .a = 1', null);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(result as object)).toEqual(["__proto__", "a"]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(all('.["__proto__"] = 3 | keys', {})).toEqual([["__proto__"]]);
  });
});

describe("static knowledge", () => {
  const knowledge = (source: string) => {
    const compiled = compile(source, { variables: ["context", "input"] });
    if (!compiled.ok) throw new Error("does not compile");
    const { cardinality, constant, freeVariables } = compiled.expression;
    return { cardinality, constant, free: [...freeVariables] };
  };

  test("cardinality, constants and free variables", () => {
    expect(knowledge("1 + 2 * 3")).toEqual({ cardinality: "one", constant: 7, free: [] });
    expect(knowledge(".items[]")).toEqual({ cardinality: "any", constant: undefined, free: [] });
    expect(knowledge("select(.a)").cardinality).toBe("any");
    expect(knowledge("$input.a + $context.b")).toEqual({ cardinality: "one", constant: undefined, free: ["input", "context"] });
  });

  test("every problem is reported, with its place", () => {
    const compiled = compile("$contxt.a + lenght", { variables: ["context"] });
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    const problems = compiled.diagnostics.map(({ message, offset, length, hint }) => ({ message, offset, length, hint }));
    expect(problems).toEqual([
      { message: "$contxt is not defined", offset: 0, length: 7, hint: "Did you mean $context?" },
      { message: "lenght/0 is not defined", offset: 12, length: 6, hint: "Did you mean length?" },
    ]);
  });
});

test("a text in single quotes is told where texts stand", () => {
  const compiled = compile(".a == 'x'");
  const [problem] = compiled.ok ? [] : compiled.diagnostics;
  expect(problem).toMatchObject({ message: "unexpected character '", offset: 6, length: 1, hint: 'Texts stand in double quotes: "text".' });
});

describe("budgets", () => {
  const small = { steps: 100_000, bytes: 10_000_000, output: 100_000, regexSteps: 100_000 };

  const endOf = (source: string) => {
    const compiled = compile(source);
    if (!compiled.ok) throw new Error("does not compile");
    try {
      compiled.expression.all(null, [], { now, ...small });
      return undefined;
    } catch (error) {
      if (error instanceof ExpressionError) return { budget: error.budget, offset: error.offset };
      throw error;
    }
  };

  test.each([
    ["[range(1e9)]", "steps", 1],
    ["def f: f; f", "steps", 10],
    ["1 | def f: 1 + f; f", "depth", 15],
    ["def f: [[[[[[f]]]]]]; f", "depth", 13],
    ["def f: reduce 1 as $x (0; f); f", "depth", 26],
    ['"x" * 1e9', "bytes", 0],
    ['reduce range(100) as $i ("x"; . + .)', "bytes", 30],
    ["reduce range(60) as $i ([]; [., .])", "output", undefined],
    ["1, last(repeat(1))", "steps", 8],
    ["[recurse(., .)]", "depth", 1],
    ["try [range(1e9)] catch 1", "steps", 5],
    ["reduce range(1e9) as $i (0; . + 1)", "steps", 7],
    ["0 | until(false; . + 1)", "steps", 4],
    ["[.[]?] | any(range(1e9); . < 0)", "steps", 13],
    ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" | test("(a+)+b")', "regex", 41],
    ["reduce range(60) as $i ([]; [., .]) | tojson", "bytes", 38],
    ["reduce range(60) as $i ([]; [., .]) | . == (.[0] | [., .])", "steps", 38],
    ["reduce range(60) as $i ([]; [., .]) | length + {}", undefined, undefined],
    ["[reduce range(60) as $i ([]; [., .]), reduce range(60) as $i ([]; [., .])] | sort", "steps", 77],
    ["reduce range(60) as $i ([]; [., .]) | @base64", "bytes", 38],
    ["reduce range(1e5) as $i ([range(1e4)]; .[:-1] + [$i])", "bytes", 39],
  ])("%s ends the budget of %s at %s", (source, budget, offset) => {
    const end = endOf(source);
    expect(end).toEqual(budget === undefined ? { budget: undefined, offset: end?.offset } : { budget, offset });
  });

  test("accumulating step by step costs what it builds, not its square", () => {
    const count = 20_000;
    const limits = { now, bytes: 20_000_000 };
    const length = (source: string): Json | undefined => {
      const compiled = compile(source);
      if (!compiled.ok) throw new Error("does not compile");
      return compiled.expression.first(null, [], limits);
    };
    expect(length(`reduce range(${count}) as $i ([]; . + [$i]) | length`)).toBe(count);
    expect(length(`reduce range(${count}) as $i ([]; .[$i] = $i) | length`)).toBe(count);
    expect(length(`reduce range(${count}) as $i ({}; .["k\\($i)"] += 1) | length`)).toBe(count);
    expect(length(`reduce range(${count}) as $i ({n: 0, seen: []}; .n += 1 | .seen[$i] = true) | .n`)).toBe(count);
  });

  test("what has been seen from outside is not changed any more", () => {
    expect(all("[1, 2] as $a | reduce (3, 4) as $x ($a; . + [$x]) | [., $a]")).toEqual([
      [
        [1, 2, 3, 4],
        [1, 2],
      ],
    ]);
    expect(all("{a: [1]} as $o | reduce (5, 6) as $x ($o; .a[0] = $x | .b = $o.a) | [., $o]")).toEqual([[{ a: [6], b: [1] }, { a: [1] }]]);
    expect(all("reduce (1, 2) as $x ({a: {n: 0}}; .a.n += $x | .b |= $x) | .")).toEqual([{ a: { n: 3 }, b: 2 }]);
    expect(all("reduce (1, 2) as $x ({a: {n: 0}}; .copy = .a | .a.n += $x)")).toEqual([{ a: { n: 3 }, copy: { n: 1 } }]);
    expect(all("reduce (1, 2) as $x ({l: [[]]}; .l |= [.[0], .[0]] | .l[0][0] = $x)")).toEqual([{ l: [[2], [1]] }]);
  });
});
