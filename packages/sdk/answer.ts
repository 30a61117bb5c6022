// What a function has answered, made sure that it can be told: whatever code gives back, its worker goes on, and the call has an end.
import { isDeeperThan, type Json, type Millis } from "@baton/core";
import type { JobEnd } from "@baton/executors";
import { namesOf, type ErrorNames } from "./function.ts";

/** More, as JSON, is not sent at all; the server keeps less than that, and says so by itself. */
export const longestAnswer = 1024 * 1024;

/** Levels of lists and objects. */
export const deepestAnswer = 256;

/** What is told of an error, in characters. */
export const longestMessage = 10_000;
const longestType = 2_000;

/** The end of a call that has answered. */
export function endOfAnswer(answer: Json | undefined, usage: { readonly wallMs: Millis }): JobEnd {
  if (answer === undefined || answer === null || typeof answer === "boolean" || typeof answer === "number")
    return { status: "completed", result: answer ?? null, usage };
  const read = readAnswer(answer);
  return "result" in read ? { status: "completed", ...read, usage } : { status: "failed", fault: read, usage };
}

/** The end of a call that has thrown. */
export function endOfError(error: unknown, usage: { readonly wallMs: Millis }): JobEnd {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : textOf(error);
  const problem = namesOf(error);
  const fault = { code: "function-failed", message: message.slice(0, longestMessage), ...(problem && { problem: withinBounds(problem) }) };
  return { status: "failed", fault, usage };
}

function withinBounds({ type, status, title, detail }: ErrorNames): ErrorNames {
  return {
    type: type.slice(0, longestType),
    status,
    ...(title !== undefined && { title: title.slice(0, longestMessage) }),
    ...(detail !== undefined && { detail: detail.slice(0, longestMessage) }),
  };
}

function readAnswer(answer: Json): { readonly result: Json } | { readonly code: string; readonly message: string } {
  let text: string | undefined;
  try {
    // Circles, depths that no stack holds, and numbers that are no JSON throw.
    text = JSON.stringify(answer) as string | undefined;
  } catch (error) {
    return { code: "function-failed", message: `Its answer is no JSON: ${(error as Error).message}`.slice(0, longestMessage) };
  }
  if (text === undefined) return { code: "function-failed", message: `Its answer is no JSON: it is a ${typeof answer}.` };
  if (text.length > longestAnswer)
    return {
      code: "job-result-too-large",
      message: `Its result has ${text.length} characters as JSON; at most ${longestAnswer} are sent.`,
    };
  // A copy: it is told again after each new connection, and whoever has answered may go on with what it gave.
  const result = JSON.parse(text) as Json;
  if (isDeeperThan(result, deepestAnswer))
    return { code: "function-failed", message: `Its answer has more than ${deepestAnswer} levels of lists and objects.` };
  return { result };
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "It threw something that cannot be shown.";
  }
}
