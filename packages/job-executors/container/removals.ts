// Removes the containers of jobs that have ended, as each job's order says. The container itself carries what that was, so
// it is removed in time also where the job is long released and the executor another one. Whatever comes in the way of a
// removal, it is tried again: no container is left over but one that is to stay.
import { setTimeout as sleep } from "node:timers/promises";
import type { Instant, Millis } from "@baton/core";
import { engineRetryMs, removalRetryMs } from "../limits.ts";
import type { ContainerCleanup } from "../port.ts";
import { labels } from "./config.ts";
import { EngineRefusal, type EngineClient } from "./engine-client.ts";

interface Inspected {
  readonly State: { readonly Status: string; readonly Running: boolean; readonly FinishedAt: string };
  readonly Config: { readonly Labels: { readonly [name: string]: string } };
}

/** The longest that a timer of Node's takes; a longer wait is made of several. */
const longestTimerMs = 2 ** 31 - 1;

/** Removals, also those that are yet to come. */
export class Removals {
  readonly #engine: EngineClient;
  readonly #closing = new AbortController();
  /** Cuts waits short: what was to go later goes now. */
  readonly #now = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Removes a container now, later or never. */
  afterEnd(container: string): void {
    if (this.#underWay.has(container)) return;
    const removal = this.#afterEnd(container).finally(() => this.#underWay.delete(container));
    this.#underWay.set(container, removal);
  }

  /** Leaves the rest to a successor. */
  close(): void {
    this.#closing.abort();
  }

  /** For those who have no successor: what was to go later goes at once. Resolves when it has gone, or too long has passed. */
  async finish(patienceMs: Millis): Promise<void> {
    this.#now.abort();
    const giveUp = setTimeout(() => this.close(), patienceMs);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
    clearTimeout(giveUp);
  }

  async #afterEnd(container: string): Promise<void> {
    const found = (await this.#untilDone(() => this.#inspect(container))) ?? "gone";
    if (found === "gone" || found.State.Running) return;
    const at = dueAt(found);
    if (at === undefined) return;
    while (at > Date.now() && !this.#now.signal.aborted && !this.#closing.signal.aborted) await this.#pause(at - Date.now());
    await this.#untilDone(() => this.#remove(container));
  }

  /** Undefined where the executor was closed before. */
  async #untilDone<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    for (let waitMs = engineRetryMs; !this.#closing.signal.aborted; waitMs = Math.min(2 * waitMs, removalRetryMs)) {
      try {
        return await attempt();
      } catch {
        // It is being removed already, it is in use, or the engine is away.
        await this.#pause(waitMs);
      }
    }
    return undefined;
  }

  #pause(ms: Millis): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, this.#now.signal]);
    // Once there is no time to lose, what failed is tried again a little later all the same.
    if (this.#now.signal.aborted) return sleep(engineRetryMs);
    return sleep(Math.min(ms, longestTimerMs), undefined, { signal, ref: false }).catch(() => {});
  }

  async #inspect(container: string): Promise<Inspected | "gone"> {
    try {
      return (await this.#engine.ask({ method: "GET", path: `/containers/${container}/json` })) as unknown as Inspected;
    } catch (error) {
      if (isGone(error)) return "gone";
      throw error;
    }
  }

  async #remove(container: string): Promise<void> {
    try {
      await this.#engine.ask({ method: "DELETE", path: `/containers/${container}`, query: { force: true, v: true } });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** When it is to go; undefined: never. One that has never run holds nothing that anybody could want. */
function dueAt({ State, Config }: Inspected): Instant | undefined {
  const cleanup = JSON.parse(Config.Labels[labels.cleanup] ?? '{"kind":"always"}') as ContainerCleanup;
  if (State.Status === "created" || cleanup.kind === "always") return -Infinity;
  return cleanup.kind === "never" ? undefined : Date.parse(State.FinishedAt) + cleanup.afterMs;
}

function isGone(error: unknown): boolean {
  return error instanceof EngineRefusal && error.status === 404;
}
