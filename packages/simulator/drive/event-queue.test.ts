import { seededRandom } from "@baton/core";
import { expect, test } from "vitest";
import { EventQueue, eventKind } from "./event-queue.ts";

test("events come by time, then by kind, then in the order in which they were put in", () => {
  const random = seededRandom(5);
  const queue = new EventQueue();
  const kinds = Object.values(eventKind);
  const events = Array.from({ length: 3000 }, (_, job) => ({
    time: Math.floor(random() * 40),
    kind: kinds[Math.floor(random() * kinds.length)] ?? eventKind.end,
    job,
  }));
  for (const { time, kind, job } of events) queue.push(time, kind, job, job * 2);
  const expected = [...events].sort((a, b) => a.time - b.time || a.kind - b.kind || a.job - b.job);
  const popped = expected.map(() => {
    const time = queue.nextTime;
    queue.pop();
    expect(queue.version).toBe(queue.job * 2);
    return { time, kind: queue.kind, job: queue.job };
  });
  expect(popped).toEqual(expected);
  expect([queue.size, queue.nextTime]).toEqual([0, Number.POSITIVE_INFINITY]);
});

test("whether the next event goes before a submission of the same instant", () => {
  const queue = new EventQueue();
  queue.push(5, eventKind.end, 0, 0);
  expect(queue.nextBeforeSubmissions).toBe(false);
  queue.push(5, eventKind.overrun, 1, 0);
  expect(queue.nextBeforeSubmissions).toBe(true);
});
