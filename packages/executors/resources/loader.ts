// Loads external resources: over HTTP with a cache, from files within a folder. A resource that several ask for at once is
// fetched once; who gives up does not stop it for the others.
import { createHash } from "node:crypto";
import { ok, type Millis, type Result } from "@baton/core";
import type { ResourceRequest, WorkFault } from "@baton/engine";
import { resourceTimeoutMs } from "../limits.ts";
import { keptFrom, ResourceCache, validators, type Kept } from "./cache.ts";
import { refused, shownUri, unavailable } from "./faults.ts";
import { loadFile } from "./file.ts";
import type { Resource, ResourceLoader } from "./port.ts";
import type { WebClient } from "./web.ts";

/** Where resources may come from. */
export interface ResourceOptions {
  /** The folder whose files may be read; absent: none. */
  readonly folder?: string;
  readonly timeoutMs?: Millis;
  /** Milliseconds since 1970, to judge freshness by. */
  readonly now?: () => number;
}

/** A loader that has loaded nothing yet. */
export function createResourceLoader(options: ResourceOptions = {}): ResourceLoader {
  return new WebAndFiles(options);
}

class WebAndFiles implements ResourceLoader {
  readonly #options: ResourceOptions;
  readonly #cache = new ResourceCache();
  readonly #fetching = new Map<string, Promise<Result<Resource, WorkFault>>>();
  readonly #closing = new AbortController();
  #web: Promise<WebClient> | undefined;

  constructor(options: ResourceOptions) {
    this.#options = options;
  }

  async load(request: ResourceRequest, signal: AbortSignal): Promise<Result<Resource, WorkFault>> {
    const url = URL.parse(request.uri);
    if (url?.protocol === "file:") return loadFile(url, this.#options.folder);
    if (url?.protocol !== "http:" && url?.protocol !== "https:")
      return refused(`"${shownUri(request.uri)}" is not the address of a resource: write http://, https:// or file:///.`);
    return Promise.race([this.#fetch(request), aborted(signal, request.uri)]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await (await this.#web)?.close();
  }

  #fetch(request: ResourceRequest): Promise<Result<Resource, WorkFault>> {
    const key = keyOf(request);
    const kept = this.#cache.get(key);
    if (kept !== undefined && kept.freshUntil > this.#now()) return Promise.resolve(ok(kept.resource));
    const fetching = this.#fetching.get(key) ?? this.#fetchNow(request, key).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetching);
    return fetching;
  }

  async #fetchNow(request: ResourceRequest, key: string): Promise<Result<Resource, WorkFault>> {
    const kept = this.#cache.get(key);
    const timeoutMs = this.#options.timeoutMs ?? resourceTimeoutMs;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]);
    this.#web ??= import("./web.ts").then(({ WebClient }) => new WebClient());
    const answer = await (await this.#web).fetch(request, kept ? validators(kept) : {}, signal);
    if (signal.aborted) return unavailable(504, `${shownUri(request.uri)} did not arrive within ${timeoutMs} ms.`);
    if (!answer.ok) return answer;
    const { uri, bytes, headers } = answer.value;
    if (bytes === undefined) return this.#confirmed(key, kept, headers, request.uri);
    const resource: Resource = { uri, bytes, contentType: headers["content-type"] };
    this.#cache.put(key, keptFrom(resource, headers, this.#now()));
    return ok(resource);
  }

  /** What is there already is still right. */
  #confirmed(key: string, kept: Kept | undefined, headers: { readonly [name: string]: string }, uri: string): Result<Resource, WorkFault> {
    if (kept === undefined) return unavailable(502, `${shownUri(uri)} answered 304 without being asked what has changed.`);
    const renewed = keptFrom(kept.resource, headers, this.#now());
    this.#cache.put(
      key,
      renewed && { ...kept, ...renewed, etag: renewed.etag ?? kept.etag, lastModified: renewed.lastModified ?? kept.lastModified },
    );
    return ok(kept.resource);
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** Who is let in by other credentials may see another resource. */
function keyOf({ uri, authentication }: ResourceRequest): string {
  if (authentication === undefined) return uri;
  return `${uri}\n${createHash("sha256").update(JSON.stringify(authentication)).digest("base64")}`;
}

function aborted(signal: AbortSignal, uri: string): Promise<Result<never, WorkFault>> {
  const fault = unavailable(499, `Loading ${shownUri(uri)} was stopped.`);
  return new Promise((resolve) => {
    if (signal.aborted) resolve(fault);
    signal.addEventListener("abort", () => resolve(fault), { once: true });
  });
}
