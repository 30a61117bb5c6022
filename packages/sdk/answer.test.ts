import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { deepestAnswer, endOfAnswer, endOfError, longestAnswer, longestMessage } from "./answer.ts";
import { FunctionError } from "./function.ts";

const usage = { wallMs: 1 };
const faultOf = (answer: unknown): string => {
  const end = endOfAnswer(answer as Json, usage);
  return end.status === "failed" ? `${end.fault.code}: ${end.fault.message}` : end.status;
};

test("an answer is told as it is, and as it was when it was given", () => {
  for (const answer of [null, true, 0, "text", [1, { a: null }]])
    expect(endOfAnswer(answer, usage)).toEqual({ status: "completed", result: answer, usage });
  expect(endOfAnswer(undefined, usage)).toEqual({ status: "completed", result: null, usage });
  const given = { a: [1] };
  const end = endOfAnswer(given, usage);
  given.a.push(2);
  expect(end).toMatchObject({ result: { a: [1] } });
});

test("an answer that cannot be told is a failure of its call, not of its worker", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(faultOf(circle)).toMatch(/^function-failed: Its answer is no JSON: .*circular/);
  expect(faultOf({ n: 1n })).toMatch(/^function-failed: Its answer is no JSON: .*BigInt/);
  expect(faultOf(() => 1)).toBe("function-failed: Its answer is no JSON: it is a function.");
  expect(faultOf("x".repeat(longestAnswer))).toMatch(/^job-result-too-large: /);
  const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);
  expect(faultOf(nested(deepestAnswer))).toBe("completed");
  expect(faultOf(nested(deepestAnswer + 1))).toMatch(/^function-failed: .* levels/);
});

test("whatever is thrown is told, shortened", () => {
  const messageOf = (error: unknown): string => (endOfError(error, usage) as { fault: { message: string } }).fault.message;
  expect(messageOf(new TypeError("no"))).toBe("TypeError: no");
  expect(messageOf("text")).toBe("text");
  expect(messageOf(new Error("x".repeat(200_000)))).toHaveLength(longestMessage);
  expect(messageOf(Object.create(null))).toBe("It threw something that cannot be shown.");
});

test("an error that names itself is told by its names, within bounds; one that names itself badly is any error", () => {
  const problemOf = (error: unknown): unknown => (endOfError(error, usage) as { fault: { problem?: unknown } }).fault.problem;
  const type = "https://shop.example/errors/gone";
  expect(problemOf(new FunctionError({ type, status: 410, title: "Gone" }))).toEqual({ type, status: 410, title: "Gone" });
  expect(problemOf(Object.assign(new Error("x"), { type, status: 503, detail: "d".repeat(20_000) }))).toEqual({
    type,
    status: 503,
    detail: "d".repeat(longestMessage),
  });
  for (const wrong of [{ type, status: 42 }, { type: 7, status: 400 }, { type, status: "400" }, { status: 400 }])
    expect(problemOf(Object.assign(new Error("x"), wrong))).toBeUndefined();
  expect(problemOf({ type, status: 400 })).toBeUndefined();
});
