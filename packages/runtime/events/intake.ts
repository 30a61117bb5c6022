// Takes events in: an event is acknowledged once it is stored, together with whom it is for. Events that come while the store
// writes are stored together.
//
// An event is found by the paths that somebody waits with. A path is known here from the moment in which a decision names it, which
// is before that decision is stored: so whatever is stored later than the decision is stored with its values of that path.
import { correlationKeys, type CloudEvent } from "@baton/engine";
import type { AcceptedEvent, EventChanges, EventPath, NewEvent, Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { eventBatch } from "../limits.ts";
import type { ReceivedEvent } from "./port.ts";

/** What the intake needs of the runtime. */
export interface IntakeParts {
  readonly store: Pick<Store, "acceptEvents" | "eventPaths">;
  readonly clock: Clock;
  /** The names of the sinks that take what is published. */
  readonly sinks: readonly string[];
  /** Somebody is given an event. */
  readonly given: (tenant: string, consumer: string, number: number, event: CloudEvent) => void;
}

interface Waiting {
  readonly tenant: string;
  readonly event: CloudEvent;
  readonly settled: (outcome: ReceivedEvent | Error) => void;
  /** Where it was published, if a flow did. */
  readonly position: number | undefined;
}

const maxInFlight = 2;

/** Takes events in. */
export class Intake {
  readonly #parts: IntakeParts;
  /** Paths by tenant, then by type; the empty type stands for any. */
  readonly #paths = new Map<string, Map<string, Set<string>>>();
  #queue: Waiting[] = [];
  #inFlight = 0;
  #scheduled = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Reads the paths that are waited with. */
  async start(): Promise<void> {
    for (const path of await this.#parts.store.eventPaths()) this.#know(path);
  }

  /** What a decision, or a schedule, is about to wait for. */
  foresee(tenant: string, { set = [] }: EventChanges): void {
    for (const { type, key } of set) if (key !== null) this.#know({ tenant, type, path: key.path });
  }

  /** Resolves once the event is stored. */
  receive(tenant: string, event: CloudEvent, position?: number): Promise<ReceivedEvent> {
    return new Promise((resolve, reject) => {
      const settled = (outcome: ReceivedEvent | Error): void => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      this.#queue.push({ tenant, event, settled, position });
      this.#schedule();
    });
  }

  /** Resolves when all that came is stored, or could not be. */
  idle(): Promise<void> {
    if (this.#queue.length + this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }

  #know({ tenant, type, path }: EventPath): void {
    const types = this.#paths.get(tenant) ?? new Map<string, Set<string>>();
    const paths = types.get(type ?? "") ?? new Set<string>();
    this.#paths.set(tenant, types.set(type ?? "", paths.add(path)));
  }

  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= maxInFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#queue.length > 0 && this.#inFlight < maxInFlight) this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#queue.splice(0, eventBatch);
    const receivedAt = this.#parts.clock.now();
    const events = batch.map(({ tenant, event }) => this.#newEvent(tenant, event, receivedAt));
    const published = batch.flatMap(({ position }) => position ?? []);
    this.#inFlight++;
    this.#parts.store.acceptEvents(events, published, this.#parts.sinks).then(
      (accepted) => this.#accepted(batch, accepted),
      (error: Error) => this.#ended(batch, () => error),
    );
    if (this.#queue.length > 0) this.#schedule();
  }

  #newEvent(tenant: string, event: CloudEvent, receivedAt: number): NewEvent {
    const { source, id, type } = event;
    const types = this.#paths.get(tenant);
    const paths = types === undefined ? [] : [...(types.get(type) ?? []), ...(types.get("") ?? [])];
    const keys = paths.length === 0 ? [] : correlationKeys(event, new Set(paths));
    return { tenant, source, id, type, receivedAt, content: JSON.stringify(event), keys };
  }

  #accepted(batch: readonly Waiting[], accepted: readonly AcceptedEvent[]): void {
    this.#ended(batch, (i) => {
      const { event, isDuplicate, consumers } = accepted[i] as AcceptedEvent;
      const { tenant, event: content } = batch[i] as Waiting;
      for (const consumer of consumers) this.#parts.given(tenant, consumer, event, content);
      return { event, isDuplicate, consumers: consumers.length };
    });
  }

  #ended(batch: readonly Waiting[], outcome: (i: number) => ReceivedEvent | Error): void {
    this.#inFlight--;
    batch.forEach(({ settled }, i) => settled(outcome(i)));
    if (this.#queue.length > 0) this.#schedule();
    else if (this.#inFlight === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
