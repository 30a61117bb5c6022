// Passes on what flows have published: to those of the tenant who wait for it, then to every sink. It is stored with the decision that
// published it, and stays until all have taken it; whoever takes it twice knows it by its source and id. What a sink cannot take now is
// tried again, with growing pauses, and holds up what was published later for the sinks, not for those who wait here.
import { parseEvent, type CloudEvent } from "@baton/engine";
import type { PublishedEvent, Store } from "@baton/storage";
import { publishedPage } from "../limits.ts";
import type { LogRecord } from "../log-record.ts";
import type { EventSink } from "./port.ts";

/** What the publisher needs of the runtime. */
export interface PublisherParts {
  readonly store: Pick<Store, "publishedEvents" | "acceptEvents">;
  readonly receive: (tenant: string, event: CloudEvent, position?: number) => Promise<unknown>;
  readonly sinks: readonly EventSink[];
  readonly again: (tries: number, callback: () => void) => void;
  readonly log: (record: LogRecord) => void;
}

/** Passes on what was published. */
export class Publisher {
  readonly #parts: PublisherParts;
  /** The last position that was given to those who wait here. */
  #received = 0;
  #isBusy = false;
  #isWanted = false;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Something was published. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isBusy || this.#stopped) return;
    this.#isBusy = true;
    this.#done = this.#run(1);
  }

  /** Resolves when what was under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }

  async #run(tries: number): Promise<void> {
    try {
      while (this.#isWanted && !this.#stopped) {
        this.#isWanted = false;
        await this.#passOn();
      }
      this.#isBusy = false;
    } catch (error) {
      this.#parts.log({ level: "warning", message: "Published events could not be passed on; they are kept, and tried again.", error });
      this.#isWanted = true;
      this.#parts.again(tries, () => {
        this.#done = this.#run(tries + 1);
      });
    }
  }

  async #passOn(): Promise<void> {
    const { store, sinks } = this.#parts;
    // Those who wait here do not wait for a sink.
    if (sinks.length > 0) await this.#receiveAll();
    for (;;) {
      const page = await store.publishedEvents(0, publishedPage);
      if (page.length === 0 || this.#stopped) return;
      if (sinks.length === 0) await this.#receive(page, true);
      else await this.#toSinks(page);
    }
  }

  async #receiveAll(): Promise<void> {
    for (;;) {
      const page = await this.#parts.store.publishedEvents(this.#received, publishedPage);
      if (page.length === 0 || this.#stopped) return;
      await this.#receive(page, false);
    }
  }

  async #receive(page: readonly PublishedEvent[], isLast: boolean): Promise<void> {
    const receiving = page.map(({ tenant, content, position }) =>
      this.#parts.receive(tenant, parseEvent(content), isLast ? position : undefined),
    );
    await Promise.all(receiving);
    this.#received = page.at(-1)?.position ?? this.#received;
  }

  async #toSinks(page: readonly PublishedEvent[]): Promise<void> {
    for (const [tenant, own] of Map.groupBy(page, (one) => one.tenant)) {
      const events = own.map(({ content }) => parseEvent(content));
      for (const sink of this.#parts.sinks) await sink.publish(tenant, events);
    }
    await this.#parts.store.acceptEvents(
      [],
      page.map(({ position }) => position),
    );
  }
}
