// What a command says when it can't do what it was asked for: what, where, why, next; and its exit code.
import { ApiError, statusOf } from "@baton/api";
import { BatonError } from "@baton/core";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import type { Style } from "./output/style.ts";

/** Ends a command with a message and an exit code. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: ExitCode;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly next: string | undefined;

  constructor(exitCode: ExitCode, message: string, detail: { where?: string; why?: string; next?: string; cause?: unknown } = {}) {
    super(message, { cause: detail.cause });
    this.exitCode = exitCode;
    this.where = detail.where;
    this.why = detail.why;
    this.next = detail.next;
  }
}

/** A place in a file, for people. */
export interface FilePlace {
  /** FILE:LINE:COLUMN. */
  readonly where: string;
  /** The line, and a caret below it. */
  readonly excerpt?: string;
}

/** A server refused what a file says: the answer, with the place in the file of each thing that is wrong. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
  readonly answer: ApiError;
  /** The place that a JSON Pointer of the answer means. */
  readonly placeOf: (pointer: string) => FilePlace;

  constructor(answer: ApiError, placeOf: (pointer: string) => FilePlace) {
    super(answer.message, { cause: answer });
    this.answer = answer;
    this.placeOf = placeOf;
  }
}

/** The lines for an error of any kind; what nobody foresaw comes with its stack. */
export function failureLines(error: unknown, style: Style): string {
  const title = style.paint("error", "red");
  if (error instanceof FileRefused) return refusalLines(title, error.answer, error.placeOf);
  if (error instanceof CommandFailure)
    return compose(title, error.message, [
      ["where", error.where],
      ["why", error.why],
      ["next", error.next],
    ]);
  if (error instanceof ApiError && error.problem.errors !== undefined)
    return refusalLines(title, error, (pointer) => ({ where: fieldAt(pointer) }));
  if (error instanceof BatonError) {
    const cause = rootCause(error)?.message;
    return compose(title, error.message, [
      ["where", error.where],
      ["why", cause],
      ["next", error.next],
      ["code", error.code],
    ]);
  }
  return `${title}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n  next:  this is a defect of Baton; please report it with the lines above\n`;
}

/** An answer that lists what is wrong: one thing is said as it is, several stand in a line each. */
function refusalLines(title: string, { message, problem, next, code }: ApiError, placeOf: (pointer: string) => FilePlace): string {
  const items = (problem.errors ?? []).map(({ detail, pointer, parameter }) => ({
    detail,
    place: pointer === undefined ? { where: parameter ?? "" } : placeOf(pointer),
  }));
  const [first] = items;
  const isOne = first === undefined || items.length === 1;
  const isListed = first !== undefined && message.includes(first.detail);
  const list = isOne
    ? []
    : items.map(({ detail, place }) => `  ${place.where === "" ? "" : `${place.where}: `}${detail}\n${excerptLines(place)}`);
  const head = compose(title, isOne || !isListed ? message : `${items.length} things are wrong; nothing of it was taken`, []);
  const where = isOne ? first?.place : undefined;
  return `${head}${list.join("")}${partLines([["where", where?.where]])}${excerptLines(where)}${partLines([
    ["next", next],
    ["code", code],
  ])}`;
}

function excerptLines(place: FilePlace | undefined): string {
  return place?.excerpt === undefined ? "" : `${place.excerpt.replaceAll(/^/gm, "    ")}\n`;
}

/** A pointer as a path of fields: `/jobs/1/resources/cpu` is `jobs[1].resources.cpu`. */
function fieldAt(pointer: string): string {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : `${path}${path === "" ? "" : "."}${step}`), "");
}

/** The error at the bottom of the chain of causes: those above it say less. */
function rootCause(error: Error): Error | undefined {
  let root: Error | undefined;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) root = cause;
  return root;
}

function compose(title: string, message: string, parts: readonly (readonly [string, string | undefined])[]): string {
  return `${title}: ${message}\n${partLines(parts)}`;
}

function partLines(parts: readonly (readonly [string, string | undefined])[]): string {
  return parts.flatMap(([name, text]) => (text === undefined || text === "" ? [] : [`  ${`${name}:`.padEnd(6)} ${text}\n`])).join("");
}

/** The exit code for an error of any kind; what an error's code means over HTTP decides it here too. */
export function failureCode(error: unknown): ExitCode {
  if (error instanceof CommandFailure) return error.exitCode;
  if (error instanceof FileRefused) return failureCode(error.answer);
  if (!(error instanceof BatonError)) return exitCodes.failed;
  if (error.code === "server-unreachable") return exitCodes.unreachable;
  return codesByStatus[error instanceof ApiError ? error.status : statusOf(error.code, error.retryable)] ?? exitCodes.failed;
}

const codesByStatus: { readonly [status: number]: ExitCode } = {
  401: exitCodes.notAuthenticated,
  403: exitCodes.forbidden,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  429: exitCodes.limited,
};
