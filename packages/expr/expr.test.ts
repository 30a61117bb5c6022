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

describe("budgets", () => {
  const budgetOf = (source: string, limits: object = {}) => {
    const compiled = compile(source);
    if (!compiled.ok) throw new Error("does not compile");
    try {
      compiled.expression.all(null, [], { now, steps: 100_000, bytes: 10_000_000, output: 100_000, ...limits });
      return undefined;
    } catch (error) {
      return error instanceof ExpressionError ? error.budget : error;
    }
  };

  test.each([
    ["[range(1e9)]", "steps"],
    ["def f: f; f", "steps"],
    ["def f: 1 + f; f", "depth"],
    ['"x" * 1e9', "bytes"],
    ['reduce range(100) as $i ("x"; . + .)', "bytes"],
    ["reduce range(60) as $i ([]; [., .])", "output"],
    ["last(repeat(1))", "steps"],
    ["[recurse(., .)]", "depth"],
    ["try [range(1e9)] catch 1", "steps"],
  ])("%s ends the budget of %s", (source, budget) => {
    expect(budgetOf(source)).toBe(budget);
  });
});
