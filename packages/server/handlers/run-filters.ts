// The parameters `filter` and `orderBy` of a request, read; what is wrong with them is told with its place.
import type { ProblemItem } from "@baton/api";
import type { Instant, Result } from "@baton/core";
import { parseRunFilter, parseRunOrder, type FilterProblem, type RunFilter, type RunOrder } from "@baton/storage";
import type { ApiRequest } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";

/** The filter of a request; undefined: it has none. */
export function filterOf(request: ApiRequest, now: Instant): RunFilter | undefined {
  const text = request.text("filter");
  return text === undefined ? undefined : readOr("filter", text, parseRunFilter(text, now));
}

/** Refuses a text that is no filter. */
export function checkFilter(text: string, now: Instant): void {
  readOr("filter", text, parseRunFilter(text, now));
}

/** The order of a request; undefined: it names none. */
export function orderOf(request: ApiRequest): RunOrder | undefined {
  const text = request.text("orderBy");
  return text === undefined ? undefined : readOr("orderBy", text, parseRunOrder(text));
}

function readOr<T>(parameter: string, text: string, parsed: Result<T, FilterProblem>): T {
  if (parsed.ok) return parsed.value;
  const { message, offset, length, advice } = parsed.error;
  const item: ProblemItem = { detail: message, parameter, line: 1, column: offset + 1, endLine: 1, endColumn: offset + 1 + length };
  const marked = text.slice(offset, offset + length);
  const where = marked === "" ? "at its end" : `at character ${offset + 1}, "${marked}"`;
  const items = [advice === undefined ? item : { ...item, suggestion: advice }];
  throw new InvalidRequest("filter-invalid", `In ${parameter}, ${where}: ${message}.`, items);
}
