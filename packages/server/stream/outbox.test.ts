// What goes out on a stream is told in its order, in frames that the other side takes.
import { expect, test } from "vitest";
import { maxFrameBytes, type EndedJob, type ServerMessage } from "@baton/api";
import { Outbox } from "./outbox.ts";

function gathered(): { readonly outbox: Outbox; readonly frames: string[] } {
  const frames: string[] = [];
  return { outbox: new Outbox({ send: (frame) => void frames.push(frame) }), frames };
}

const ended = (id: string, output: string): EndedJob => ({ id, status: "completed", output, error: null });
const messagesIn = (frames: readonly string[]): ServerMessage[] => frames.flatMap((frame) => JSON.parse(frame) as ServerMessage[]);

test("what is told in one turn goes out as one frame, ends last", async () => {
  const { outbox, frames } = gathered();
  outbox.pushEnded(ended("a", "x"));
  outbox.pushEnded(ended("b", "y"));
  outbox.push({ type: "submitted", ref: 1, ids: ["c"] });
  await new Promise((resolve) => setImmediate(resolve));
  expect(frames).toHaveLength(1);
  expect(messagesIn(frames)).toEqual([
    { type: "submitted", ref: 1, ids: ["c"] },
    { type: "ended", jobs: [ended("a", "x"), ended("b", "y")] },
  ]);
});

test("no frame is longer than the other side takes, however much ends at once", () => {
  const { outbox, frames } = gathered();
  const large = "\u{20ac}".repeat(200_000);
  const ids = Array.from({ length: 60 }, (_, i) => `job_${i}`);
  for (const id of ids) outbox.pushEnded(ended(id, large));
  outbox.flush();
  expect(Math.max(...frames.map((frame) => Buffer.byteLength(frame)))).toBeLessThanOrEqual(maxFrameBytes);
  expect(messagesIn(frames).flatMap((message) => (message.type === "ended" ? message.jobs.map(({ id }) => id) : []))).toEqual(ids);
});
