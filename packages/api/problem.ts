// Errors on the wire: a BatonError of any package becomes a problem document (RFC 9457), and back.
import { BatonError } from "@baton/core";
import { apiErrors, type ApiErrorCode } from "./errors.ts";
import type { Problem, ProblemItem } from "./resources.ts";
import { statusOf } from "./status.ts";

/** The media type of every answer that is an error. */
export const problemType = "application/problem+json";

/** The problem document for an error. */
export function problemOf(error: BatonError, more: { instance?: string; errors?: readonly ProblemItem[]; title?: string } = {}): Problem {
  const where = error.where === undefined || error.message.includes(error.where) ? "" : ` (${error.where})`;
  return {
    type: `urn:baton:error:${error.code}`,
    title: more.title ?? titleOf(error),
    status: statusOf(error.code, error.retryable),
    detail: `${error.message}${where}`,
    ...(more.instance === undefined ? {} : { instance: more.instance }),
    code: error.code,
    hint: error.next,
    retryable: error.retryable,
    ...(more.errors === undefined || more.errors.length === 0 ? {} : { errors: more.errors }),
  };
}

/** The title is the same for every problem of one code; where the code has no sentence here, it is the code in words. */
function titleOf(error: BatonError): string {
  if (Object.hasOwn(apiErrors, error.code)) return apiErrors[error.code as ApiErrorCode].summary;
  const words = error.code.replaceAll(/[-.]/g, " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** An error that the server answered, as the client throws it. */
export class ApiError extends BatonError {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code, { summary: problem.title, next: problem.hint, retryable: problem.retryable }, { message: problem.detail });
    this.status = problem.status;
    this.problem = problem;
  }
}

/** Reads a problem document; undefined where the value is not one. */
export function readProblem(value: unknown): Problem | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { code, status, detail, title, hint, retryable } = value as Partial<Problem>;
  const complete = typeof code === "string" && typeof status === "number" && typeof title === "string" && typeof hint === "string";
  return complete && typeof detail === "string" && typeof retryable === "boolean" ? (value as Problem) : undefined;
}
