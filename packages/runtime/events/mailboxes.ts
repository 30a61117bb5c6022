// Brings events to those to whom they are given, one after the other for each of them, until each is settled. What is given stands in
// the store; a mailbox holds what is known to be there, and is filled from the store where it may have missed something. So whatever
// fails or stops, nothing is lost; and since an event is settled with what it did, it does it once.
//
// However many are given an event at once, few are brought theirs at a time, and few events of each are held here.
//
// A consumer that does not settle an event wants none at the moment: a run that is suspended. Its mailbox is closed until it asks again.
import { parseEvent, type CloudEvent } from "@baton/engine";
import type { EventConsumer, Store } from "@baton/storage";
import { busyMailboxes, eventPage } from "../limits.ts";

/** What became of an event that was brought; `later`: it could not be decided now. */
export type Brought = "settled" | "kept" | "later";

/** What mailboxes need of the runtime. */
export interface MailboxParts {
  readonly store: Pick<Store, "givenEvents" | "eventConsumers">;
  /** Brings an event to a consumer. */
  readonly bring: (consumer: EventConsumer, number: number, event: CloudEvent) => Promise<Brought>;
  /** Calls back after the pause that follows the given try. */
  readonly again: (tries: number, callback: () => void) => void;
}

interface Letter {
  readonly number: number;
  readonly event: CloudEvent;
}

interface Mailbox {
  readonly consumer: EventConsumer;
  letters: Letter[];
  /** The store may hold something that is not here; it is read before the next letter. */
  isStale: boolean;
  /** The store may hold more, behind what is here. */
  hasMore: boolean;
}

/** All mailboxes that are not empty. */
export class Mailboxes {
  readonly #parts: MailboxParts;
  readonly #open = new Map<string, Mailbox>();
  /** Mailboxes that wait for their turn: those that came last, and those that are next, the very next one at the end. */
  #came: (() => Promise<void>)[] = [];
  #next: (() => Promise<void>)[] = [];
  #busy = 0;
  #stopped = false;

  constructor(parts: MailboxParts) {
    this.#parts = parts;
  }

  /** Everything that was given and not settled when the server stopped. */
  async start(): Promise<void> {
    let last: EventConsumer | null = null;
    do {
      const page: readonly EventConsumer[] = await this.#parts.store.eventConsumers(last, eventPage);
      for (const consumer of page) this.look(consumer);
      last = page.at(-1) ?? null;
    } while (last !== null && !this.#stopped);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** A consumer was given an event just now. */
  put(consumer: EventConsumer, number: number, event: CloudEvent): void {
    const mailbox = this.#mailbox(consumer);
    if (mailbox.isStale || mailbox.hasMore) return;
    if (mailbox.letters.length < eventPage) mailbox.letters.push({ number, event });
    else mailbox.hasMore = true;
  }

  /** A consumer may have been given something: it has begun to wait, or wants events again. */
  look(consumer: EventConsumer): void {
    this.#mailbox(consumer, true).isStale = true;
  }

  #mailbox(consumer: EventConsumer, isStale = false): Mailbox {
    const key = `${consumer.tenant}\n${consumer.consumer}`;
    const known = this.#open.get(key);
    if (known) return known;
    const mailbox: Mailbox = { consumer, letters: [], isStale, hasMore: false };
    this.#open.set(key, mailbox);
    // A letter may be put in before it is emptied.
    void Promise.resolve().then(() => this.#enter(() => this.#empty(key, mailbox, 1)));
    return mailbox;
  }

  /** Empties a mailbox as soon as few enough others are being emptied. */
  #enter(empty: () => Promise<void>): void {
    this.#came.push(empty);
    this.#takeTurns();
  }

  #takeTurns(): void {
    while (this.#busy < busyMailboxes && !this.#stopped) {
      if (this.#next.length === 0) [this.#next, this.#came] = [this.#came.reverse(), []];
      const empty = this.#next.pop();
      if (empty === undefined) return;
      this.#busy++;
      void empty().then(() => {
        this.#busy--;
        this.#takeTurns();
      });
    }
  }

  async #empty(key: string, mailbox: Mailbox, tries: number): Promise<void> {
    let failed = tries;
    while (!this.#stopped) {
      const brought = await this.#bringNext(mailbox).catch(() => "later" as const);
      if (brought === "settled") failed = 1;
      else if (brought === "later") {
        mailbox.isStale = true;
        return this.#parts.again(failed, () => this.#enter(() => this.#empty(key, mailbox, failed + 1)));
        // What was asked for, or put in, since it was decided that there is no more is not to be left behind.
      } else if (!mailbox.isStale && (brought === "kept" || mailbox.letters.length === 0)) break;
    }
    this.#open.delete(key);
  }

  /** Brings the next letter; undefined: there is none. */
  async #bringNext(mailbox: Mailbox): Promise<Brought | undefined> {
    if (mailbox.isStale || (mailbox.hasMore && mailbox.letters.length === 0)) await this.#fill(mailbox);
    const letter = mailbox.letters.shift();
    if (letter === undefined) return undefined;
    return this.#parts.bring(mailbox.consumer, letter.number, letter.event);
  }

  async #fill(mailbox: Mailbox): Promise<void> {
    const { tenant, consumer } = mailbox.consumer;
    mailbox.isStale = false;
    mailbox.hasMore = false;
    mailbox.letters = [];
    const given = await this.#parts.store.givenEvents(tenant, consumer, eventPage);
    const known = mailbox.letters;
    mailbox.letters = given.map(({ event, content }) => ({ number: event, event: parseEvent(content) }));
    // What came while the store was read, and is not in what was read.
    const last = given.at(-1)?.event ?? 0;
    // The store gives on when all that it has given is settled.
    mailbox.hasMore ||= given.length > 0;
    // Behind a full page there may be others before them; they are read in their turn.
    if (given.length < eventPage) mailbox.letters.push(...known.filter(({ number }) => number > last));
  }
}
