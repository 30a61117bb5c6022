// Fetched resources, the ones used last, within a number and a size. What a server says of freshness (RFC 9111) is kept
// with each: a fresh one is given again as it is, a stale one is asked for with the validators that came with it.
import { defaultFreshMs, maxKeptResourceBytes, maxKeptResources } from "../limits.ts";
import type { Resource } from "./port.ts";

/** A resource, and what is known of how long it holds. */
export interface Kept {
  readonly resource: Resource;
  readonly freshUntil: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

type Headers = { readonly [name: string]: string };

/** What to keep of an answer; undefined: it is not to be kept. */
export function keptFrom(resource: Resource, headers: Headers, now: number): Kept | undefined {
  const directives = new Map(
    (headers["cache-control"] ?? "").split(",").map((part) => {
      const [name = "", value = ""] = part.split("=");
      return [name.trim().toLowerCase(), value.trim().replaceAll('"', "")];
    }),
  );
  if (directives.has("no-store")) return undefined;
  return {
    resource,
    freshUntil: directives.has("no-cache") ? now : now + freshFor(directives, headers, now),
    etag: headers["etag"],
    lastModified: headers["last-modified"],
  };
}

function freshFor(directives: ReadonlyMap<string, string>, headers: Headers, now: number): number {
  const maxAge = Number(directives.get("max-age") || Number.NaN);
  if (maxAge >= 0) return Math.max(0, maxAge - Number(headers["age"] ?? 0)) * 1000;
  const expires = Date.parse(headers["expires"] ?? "");
  return Number.isNaN(expires) ? defaultFreshMs : Math.max(0, expires - now);
}

/** The headers that ask only for what has changed. */
export function validators({ etag, lastModified }: Kept): Headers {
  return { ...(etag !== undefined && { "if-none-match": etag }), ...(lastModified !== undefined && { "if-modified-since": lastModified }) };
}

/** A bounded store of resources. */
export class ResourceCache {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  get(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  put(key: string, kept: Kept | undefined): void {
    this.#drop(key);
    if (kept === undefined) return;
    this.#kept.set(key, kept);
    this.#bytes += kept.resource.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKeptResources && this.#bytes <= maxKeptResourceBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.resource.bytes.length ?? 0;
    this.#kept.delete(key);
  }
}
