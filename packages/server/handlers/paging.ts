// Pages of a list. A token holds the key of the last item that was given, so that a list that grows meanwhile neither
// repeats nor skips what was there.
import { defaultPageSize, type Page } from "@baton/api";
import type { ApiRequest } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";

/** How many items a request wants. */
export function pageSizeOf(request: ApiRequest): number {
  return request.number("pageSize") ?? defaultPageSize;
}

/** The key after which a request wants to go on; undefined: from the start. */
export function startAfter(request: ApiRequest): string | undefined {
  const token = request.text("pageToken");
  if (token === undefined) return undefined;
  const key = Buffer.from(token, "base64url").toString("utf8");
  if (key !== "" && tokenOf(key) === token) return key;
  throw unknownToken();
}

/** The error for a token that this server did not give out. */
export function unknownToken(): InvalidRequest {
  const detail = "pageToken is not one that this server gave out";
  return new InvalidRequest("parameter-invalid", detail, [{ parameter: "pageToken", detail }]);
}

/** The token of a page that begins behind that key. */
export function tokenOf(key: string): string {
  return Buffer.from(key, "utf8").toString("base64url");
}

/** A page of items, of which there is one more than fits where there is a next page. */
export function pageOf<Item>(items: readonly Item[], size: number, keyOf: (item: Item) => string): Page<Item> {
  const shown = items.slice(0, size);
  const last = shown.at(-1);
  return { items: shown, nextPageToken: items.length > size && last !== undefined ? tokenOf(keyOf(last)) : null };
}
