// What a running container uses, and whether it has met one of its limits: by its control groups, where they can be seen, else
// by what the engine says of it now and then. Both are gone as soon as the container has ended, so the kernel is
// listened to as well: what ends a moment after it was refused a process was seen to be refused it.
import { watch, type FSWatcher } from "node:fs";
import type { ContainmentLimits, ObservedGroup } from "../containment/containment.ts";
import type { Refusal } from "../launcher/command.ts";
import { metLimit } from "../launcher/watch.ts";
import { containerSampleMs, sampleEveryMs } from "../limits.ts";
import type { JobUsage } from "../port.ts";
import type { EngineClient } from "./engine-client.ts";
import { ownGroups } from "./own-groups.ts";
import { readUsage } from "./stats.ts";

/** What is measured. */
export type MeteredUsage = Pick<JobUsage, "cpuMs" | "memoryPeakBytes">;

/** Measures one container until it is stopped. */
export class ContainerMeter {
  readonly #engine: EngineClient;
  readonly #container: string;
  readonly #limits: ContainmentLimits;
  readonly #onMet: (reason: Refusal) => void;
  #groups: ObservedGroup | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watchers: readonly FSWatcher[] = [];
  #isStopped = false;
  #used: MeteredUsage = { cpuMs: 0, memoryPeakBytes: 0 };

  constructor(engine: EngineClient, container: string, limits: ContainmentLimits, onMet: (reason: Refusal) => void) {
    this.#engine = engine;
    this.#container = container;
    this.#limits = limits;
    this.#onMet = onMet;
  }

  /** Looks at once, and then now and then. */
  async start(): Promise<void> {
    this.#groups = ownGroups(await this.#firstProcess(), this.#container);
    const everyMs = this.#groups === undefined ? containerSampleMs : sampleEveryMs;
    if (this.#isStopped) return;
    this.#timer = setInterval(() => void this.look(), everyMs);
    this.#watchers = (this.#groups?.tellingFiles ?? []).flatMap((file) => this.#listen(file));
    await this.look();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  /** Measures it now. */
  async look(): Promise<void> {
    if (this.#isStopped) return;
    const { cpuMs, memoryPeakBytes } = this.#groups?.usage() ?? (await readUsage(this.#engine, this.#container).catch(() => this.#used));
    this.#used = { cpuMs: Math.max(this.#used.cpuMs, cpuMs), memoryPeakBytes: Math.max(this.#used.memoryPeakBytes, memoryPeakBytes) };
    const met = this.#groups && metLimit(this.#groups, this.#limits);
    if (met !== undefined) this.#onMet(met);
  }

  /** The most that was seen so far. */
  get used(): MeteredUsage {
    return this.#used;
  }

  /** Where the kernel lets nobody listen any more, looking now and then must do. */
  #listen(file: string): readonly FSWatcher[] {
    try {
      return [watch(file, () => void this.look()).on("error", () => {})];
    } catch {
      return [];
    }
  }

  /** 0 where it has ended, or nobody can tell. */
  async #firstProcess(): Promise<number> {
    try {
      const found = await this.#engine.ask({ method: "GET", path: `/containers/${this.#container}/json` });
      return (found as { readonly State?: { readonly Pid?: number } }).State?.Pid ?? 0;
    } catch {
      return 0;
    }
  }
}
