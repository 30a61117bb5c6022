// A list of objects that is kept up to date: listed once, then watched, listed again where the server has forgotten what came
// since (410). Whatever breaks is tried again for as long as it takes; what was kept stays, and is right again afterwards.
import { setTimeout as sleep } from "node:timers/promises";
import { createInterface } from "node:readline";
import type { BatonError, Millis } from "@baton/core";
import { clusterRetryMs, listPage, watchSeconds, watchSilenceMs } from "../limits.ts";
import { ApiRefusal, clusterError, isPassing, type ApiClient } from "./api-client.ts";
import type { ClusterObject } from "./objects.ts";

/** What is listed, and who is told. */
export interface ReflectorOptions<Kept> {
  /** Of the list: "/api/v1/pods". */
  readonly path: string;
  readonly labels?: string;
  readonly fields?: string;
  /** What is kept of an object; a part of it is enough. */
  readonly keep: (object: never) => Kept;
  readonly changed?: (kept: Kept) => void;
  /** It is not there any more; what it was at last. */
  readonly gone?: (kept: Kept) => void;
  /** The list can no longer be kept up to date, or can again. */
  readonly trouble?: (error: BatonError | undefined) => void;
}

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly ClusterObject[] | null;
}

interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: ClusterObject & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

const forgotten = 410;

/** Objects of one kind, by uid. */
export class Reflector<Kept> {
  readonly #client: ApiClient;
  readonly #options: ReflectorOptions<Kept>;
  readonly #items = new Map<string, Kept>();
  readonly #closing = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #version: string | undefined;
  #waitMs: Millis = clusterRetryMs.first;
  #running = false;

  constructor(client: ApiClient, options: ReflectorOptions<Kept>) {
    this.#client = client;
    this.#options = options;
    this.#synced.promise.catch(() => undefined);
  }

  /** What is there, as far as is known. */
  get items(): ReadonlyMap<string, Kept> {
    return this.#items;
  }

  /** Resolves when the first list is here. Rejects, and gives up, where the server refuses it. */
  start(): Promise<void> {
    if (!this.#running) void this.#run();
    this.#running = true;
    return this.#synced.promise;
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let hasSynced = false;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        hasSynced = true;
        this.#synced.resolve();
        this.#options.trouble?.(undefined);
        await this.#watch(this.#version);
      } catch (error) {
        if (signal.aborted) return;
        if (isForgotten(error)) this.#version = undefined;
        else if (!hasSynced && !isPassing(error)) return this.#synced.reject(clusterError(error, this.#client.access));
        else await this.#pause(error);
      }
    }
  }

  async #pause(broken: unknown): Promise<void> {
    this.#options.trouble?.(clusterError(broken, this.#client.access));
    await sleep(this.#waitMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    this.#waitMs = Math.min(this.#waitMs * 2, clusterRetryMs.longest);
  }

  /** All there is now; what is not there any more is gone. Gives the version to watch from. */
  async #list(): Promise<string> {
    const before = new Set(this.#items.keys());
    let rest: string | undefined;
    for (;;) {
      const query = { ...this.#selectors(), limit: listPage, continue: rest };
      const list = (await this.#client.ask({
        method: "GET",
        path: this.#options.path,
        query,
        signal: this.#closing.signal,
      })) as unknown as List;
      for (const object of list.items ?? []) {
        before.delete(object.metadata.uid);
        this.#put(object);
      }
      rest = list.metadata.continue;
      if (rest !== undefined && rest !== "") continue;
      for (const uid of before) this.#drop(uid);
      return list.metadata.resourceVersion;
    }
  }

  /** Until the server ends it, as it does now and then. */
  async #watch(version: string): Promise<void> {
    const query = { ...this.#selectors(), watch: true, resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
    const call = { method: "GET", path: this.#options.path, query, signal: this.#closing.signal } as const;
    const response = await this.#client.open(call, watchSilenceMs);
    this.#waitMs = clusterRetryMs.first;
    // An error of the stream does not end its lines by itself.
    const broken = new Promise<never>((_, reject) => response.once("error", reject));
    const read = async (): Promise<void> => {
      for await (const line of createInterface({ input: response, crlfDelay: Infinity })) this.#take(JSON.parse(line) as WatchEvent);
    };
    await Promise.race([read(), broken]);
  }

  #take({ type, object }: WatchEvent): void {
    if (type === "ERROR") throw new ApiRefusal(object.code ?? 500, object.reason ?? "", object.message ?? "The watch broke.");
    if (type === "DELETED") this.#drop(object.metadata.uid, object);
    else if (type !== "BOOKMARK") this.#put(object);
    this.#version = object.metadata.resourceVersion;
  }

  #put(object: ClusterObject): void {
    const kept = this.#options.keep(object as never);
    this.#items.set(object.metadata.uid, kept);
    this.#options.changed?.(kept);
  }

  #drop(uid: string, object?: ClusterObject): void {
    const known = object === undefined ? this.#items.get(uid) : this.#options.keep(object as never);
    this.#items.delete(uid);
    if (known !== undefined) this.#options.gone?.(known);
  }

  #selectors(): { readonly labelSelector: string | undefined; readonly fieldSelector: string | undefined } {
    return { labelSelector: this.#options.labels, fieldSelector: this.#options.fields };
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof ApiRefusal && (error.status === forgotten || error.reason === "Expired" || error.reason === "Gone");
}
