// Passes on what flows have published. It is stored with the decision that published it, until those of the tenant who wait for it have
// it; in that transaction it becomes each sink's, until that has taken it. So it counts once here, however often a sink must be asked;
// what a sink cannot take now is tried again, with growing pauses, and holds up that sink alone.
import { parseEvent, type CloudEvent } from "@baton/engine";
import type { PublishedEvent, Store } from "@baton/storage";
import { publishedPage } from "../limits.ts";
import type { LogRecord } from "../log-record.ts";
import { Errand } from "./errand.ts";
import type { EventSink } from "./port.ts";

/** What the publisher needs of the runtime. */
export interface PublisherParts {
  readonly store: Pick<Store, "publishedEvents" | "sinkEvents" | "forgetSinkEvents">;
  /** Takes an event in that was published at that position, and makes it the sinks'. */
  readonly receive: (tenant: string, event: CloudEvent, position: number) => Promise<unknown>;
  readonly sinks: readonly EventSink[];
  readonly again: (tries: number, callback: () => void) => void;
  readonly log: (record: LogRecord) => void;
}

/** Passes on what was published. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #receiving: Errand;
  readonly #sinks: readonly Errand[];
  #stopped = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#receiving = this.#errand(() => this.#receiveAll(), "be received");
    this.#sinks = parts.sinks.map((sink) => this.#errand(() => this.#passOn(sink), `be passed on to ${sink.name}`));
  }

  /** Takes up what was left. */
  start(): void {
    this.wake();
    for (const sink of this.#sinks) sink.wake();
  }

  /** Something was published. */
  wake(): void {
    this.#receiving.wake();
  }

  /** Resolves when what was under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#receiving, ...this.#sinks].map((errand) => errand.stop()));
  }

  #errand(run: () => Promise<void>, what: string): Errand {
    const { again, log } = this.#parts;
    const message = `Published events could not ${what}; they are kept, and tried again.`;
    return new Errand({ run, again, failed: (error) => log({ level: "warning", message, error }) });
  }

  async #receiveAll(): Promise<void> {
    for (;;) {
      const page = await this.#parts.store.publishedEvents(0, publishedPage);
      if (page.length === 0 || this.#stopped) return;
      await Promise.all(page.map(({ tenant, content, position }) => this.#parts.receive(tenant, parseEvent(content), position)));
      for (const sink of this.#sinks) sink.wake();
    }
  }

  async #passOn(sink: EventSink): Promise<void> {
    for (;;) {
      const page = await this.#parts.store.sinkEvents(sink.name, publishedPage);
      if (page.length === 0 || this.#stopped) return;
      for (const [tenant, own] of Map.groupBy(page, (one) => one.tenant)) await this.#publish(sink, tenant, own);
    }
  }

  async #publish(sink: EventSink, tenant: string, own: readonly PublishedEvent[]): Promise<void> {
    await sink.publish(
      tenant,
      own.map(({ content }) => parseEvent(content)),
    );
    await this.#parts.store.forgetSinkEvents(
      sink.name,
      own.map(({ position }) => position),
    );
  }
}
