// Removes the containers of jobs that have ended, as each job's order says. The container itself carries what that was, so
// it is removed in time also where the job is long released and the executor another one.
import type { Millis } from "@baton/core";
import type { ContainerCleanup } from "../port.ts";
import { labels } from "./config.ts";
import type { EngineClient } from "./engine-client.ts";

interface Inspected {
  readonly State: { readonly Running: boolean; readonly FinishedAt: string };
  readonly Config: { readonly Labels: { readonly [name: string]: string } };
}

/** The longest that a timer of Node's takes; what is due later is for the next executor. */
const longestTimerMs = 2 ** 31 - 1;

/** Removals, also those that are yet to come. */
export class Removals {
  readonly #engine: EngineClient;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Removes a container now, later or never. One that cannot be removed is found again by the next executor. */
  afterEnd(container: string): void {
    void this.#afterEnd(container).catch(() => {});
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #afterEnd(container: string): Promise<void> {
    const { State, Config } = (await this.#engine.ask({ method: "GET", path: `/containers/${container}/json` })) as unknown as Inspected;
    const cleanup = JSON.parse(Config.Labels[labels.cleanup] ?? '{"kind":"always"}') as ContainerCleanup;
    if (State.Running || cleanup.kind === "never") return;
    if (cleanup.kind === "always") return this.#remove(container);
    this.#later(container, Date.parse(State.FinishedAt) + cleanup.afterMs - Date.now());
  }

  #later(container: string, inMs: Millis): void {
    if (inMs > longestTimerMs) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#remove(container).catch(() => {});
      },
      Math.max(0, inMs),
    );
    timer.unref();
    this.#timers.add(timer);
  }

  async #remove(container: string): Promise<void> {
    await this.#engine.ask({ method: "DELETE", path: `/containers/${container}`, query: { force: true, v: true } });
  }
}
