import { expect, test } from "vitest";
import { maxFrameBytes, type ClientMessage } from "@baton/api";
import type { Report } from "@baton/executors";
import { framesOf } from "./frames.ts";

const messagesIn = (frames: readonly string[]): ClientMessage[] => frames.flatMap((frame) => JSON.parse(frame) as ClientMessage[]);
const ended = (token: number, result: string): Report => {
  return { type: "ended", job: "j", token, end: { status: "completed", result, usage: { wallMs: 1 } }, startedAt: 1, endedAt: 2 };
};

test("messages of a turn are one frame, and none are no frame", () => {
  const messages: ClientMessage[] = [{ type: "drain" }, { type: "reports", reports: [ended(1, "x"), ended(2, "y")] }];
  expect(framesOf([])).toEqual([]);
  expect(framesOf(messages)).toEqual([JSON.stringify(messages)]);
});

test("no frame is longer than the other side takes, and every report arrives once, in its order", () => {
  const large = "\u{20ac}".repeat(250_000);
  const reports = Array.from({ length: 70 }, (_, i) => ended(i, large));
  const frames = framesOf([{ type: "reports", reports }, { type: "drain" }]);
  expect(Math.max(...frames.map((frame) => Buffer.byteLength(frame)))).toBeLessThanOrEqual(maxFrameBytes);
  const told = messagesIn(frames);
  expect(told.at(-1)).toEqual({ type: "drain" });
  expect(told.flatMap((message) => (message.type === "reports" ? message.reports.map(({ token }) => token) : []))).toEqual(
    reports.map(({ token }) => token),
  );
});
