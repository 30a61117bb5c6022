// What goes over the wire for the client: the address of a call, and the errors in answers.
import { formatBytes } from "@baton/core";
import { apiError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import { ApiError, readProblem } from "./problem.ts";
import { pathParameters, pathsOf, routes, type OperationId } from "./routes.ts";

/** What one call sends. */
export interface Call {
  readonly path?: { readonly [name: string]: string | undefined };
  readonly query?: { readonly [name: string]: string | number | undefined };
  readonly headers?: { readonly [name: string]: string | undefined };
  readonly body?: { readonly type: string; readonly text: string };
  readonly signal?: AbortSignal | undefined;
}

/** The path and query of a call. */
export function addressOf(operation: OperationId, call: Call): string {
  const given = call.path ?? {};
  const paths = pathsOf(routes[operation]);
  let address = (given["namespace"] === undefined ? paths[0] : paths.at(-1)) ?? "";
  for (const name of pathParameters(address)) address = address.replace(`{${name}}`, encodeURIComponent(given[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? address : `${address}?${query}`;
}

/** The body of a call. Throws where no server would take it: what breaks off in the middle has no answer that says why. */
export function bodyOf({ body }: Call): { readonly body?: string } {
  if (body === undefined) return {};
  const bytes = new TextEncoder().encode(body.text).length;
  if (bytes <= maxBodyBytes) return { body: body.text };
  const message = `The request has ${formatBytes(bytes)}, ${formatBytes(bytes - maxBodyBytes)} more than the ${formatBytes(maxBodyBytes)} that are taken at a time.`;
  throw apiError("body-too-large", { message });
}

/** The error that an answer is. */
export async function errorOf(response: Response): Promise<Error> {
  const text = await response.text();
  const problem = readProblem(parse(text));
  if (problem !== undefined) return new ApiError(problem);
  return apiError("server-unreachable", {
    message: `${response.url} answered ${response.status} with something that is not Baton's: ${text.slice(0, 200)}`,
    where: response.url,
  });
}

/** The text of an answer, in pieces as they come. */
export async function* piecesOf(response: Response, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) yield decoder.decode(bytes, { stream: true });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw apiError("server-unreachable", {
      message: `The answer of ${response.url} broke off (${causeOf(cause)}).`,
      where: response.url,
      cause,
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch hides in its "fetch failed". */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error) return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  return String(cause);
}

/** A value as the body of a request. */
export function jsonBody(value: unknown): { readonly type: string; readonly text: string } {
  return { type: "application/json", text: JSON.stringify(value) };
}
