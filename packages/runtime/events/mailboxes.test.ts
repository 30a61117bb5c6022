// Mailboxes with a store of a few lines: the order of what is brought, and how much is under way at a time.
import { expect, test } from "vitest";
import { readCloudEvent, type CloudEvent } from "@baton/engine";
import type { GivenEvent } from "@baton/storage";
import { busyMailboxes, eventPage } from "../limits.ts";
import { settle } from "../testing/manual-clock.ts";
import { Mailboxes } from "./mailboxes.ts";

const read = readCloudEvent({ specversion: "1.0", id: "1", source: "/shop", type: "paid" });
if (!read.ok) throw new Error("not an event");
const { event } = read;
const run = { tenant: "acme", consumer: "run_a" };

function given(number: number): GivenEvent {
  return { event: number, content: JSON.stringify(event) };
}

/** Mailboxes whose consumers settle what they are brought. */
function open(stored: () => Promise<GivenEvent[]>, bring: (number: number, event: CloudEvent) => Promise<void>): Mailboxes {
  return new Mailboxes({
    store: { givenEvents: async (_tenant, _consumer, limit) => (await stored()).slice(0, limit), eventConsumers: async () => [] },
    bring: async (_consumer, number, content) => {
      await bring(number, content);
      return "settled";
    },
    again: (_tries, callback) => callback(),
  });
}

test("an event that comes while a full page is read is brought after those behind the page", async () => {
  const left = Array.from({ length: eventPage + 5 }, (_, i) => given(i + 1));
  const brought: number[] = [];
  const mailboxes = open(
    async () => {
      const now = [...left];
      if (brought.length === 0) {
        left.push(given(1_000));
        mailboxes.put(run, 1_000, event);
      }
      return now;
    },
    async (number) => {
      brought.push(number);
      left.splice(
        left.findIndex((one) => one.event === number),
        1,
      );
    },
  );
  mailboxes.look(run);
  await settle(1_000);
  expect(brought).toEqual([...Array.from({ length: eventPage + 5 }, (_, i) => i + 1), 1_000]);
});

test("an event for very many is brought to few at a time, and to all", async () => {
  const held: (() => void)[] = [];
  let brought = 0;
  const mailboxes = open(
    async () => [],
    () => {
      brought++;
      return new Promise((resolve) => {
        held.push(resolve);
      });
    },
  );
  const all = busyMailboxes * 3;
  for (let i = 0; i < all; i++) mailboxes.put({ tenant: "acme", consumer: `run_${i}` }, 1, event);
  await settle();
  expect(brought).toBe(busyMailboxes);
  while (held.length > 0) {
    expect(held.length).toBeLessThanOrEqual(busyMailboxes);
    for (const release of held.splice(0)) release();
    await settle();
  }
  expect(brought).toBe(all);
});

test("a consumer that is slow holds no more than a page in memory, and gets all, in order", async () => {
  const left: GivenEvent[] = [];
  const brought: number[] = [];
  const mailboxes = open(
    async () => [...left],
    async (number) => {
      brought.push(number);
      left.shift();
    },
  );
  for (let i = 1; i <= eventPage * 3; i++) {
    left.push(given(i));
    mailboxes.put(run, i, event);
  }
  await settle(2_000);
  expect(brought).toEqual(Array.from({ length: eventPage * 3 }, (_, i) => i + 1));
});

test("an event that comes in the very moment in which a mailbox turns out to be empty is brought", async () => {
  for (let moment = 0; moment < 30; moment++) {
    const brought: number[] = [];
    const left = [given(1)];
    const mailboxes = open(
      async () => [...left],
      async (number) => {
        left.shift();
        brought.push(number);
        if (number > 1) return;
        void later(moment).then(() => {
          left.push(given(2));
          mailboxes.put(run, 2, event);
        });
      },
    );
    mailboxes.look(run);
    await settle(5);
    expect(brought).toEqual([1, 2]);
  }
});

test("who asks for events in the very moment in which one was kept gets it again", async () => {
  for (let moment = 0; moment < 30; moment++) {
    const brought: string[] = [];
    const mailboxes: Mailboxes = new Mailboxes({
      store: { givenEvents: async () => (brought.length < 2 ? [given(1)] : []), eventConsumers: async () => [] },
      bring: async () => {
        brought.push("once");
        if (brought.length > 1) return "settled";
        void later(moment).then(() => mailboxes.look(run));
        return "kept";
      },
      again: (_tries, callback) => callback(),
    });
    mailboxes.look(run);
    await settle(5);
    expect(brought).toEqual(["once", "once"]);
  }
});

/** Resolves after so many turns of promises. */
async function later(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve();
}
