import { expect, test } from "vitest";
import type { JobOutput } from "@baton/storage";
import { settle } from "../testing/manual-clock.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { GatheredOutput } from "./gathered-output.ts";
import { jobOutputLimits, maxGatheredOutputBytes } from "./limits.ts";

const piece = (position: number, id = "j"): JobOutput => {
  return { tenant: "t", id, attempt: 1, position, bytes: 10, stream: "stdout", at: 1, text: "0123456789" };
};

test("what is cut out before it was written is not written", () => {
  const gathered = new GatheredOutput();
  for (const position of [10, 20]) gathered.add(piece(position));
  gathered.cut(piece(0));
  gathered.cut(piece(10));
  gathered.cut(piece(20, "other"));
  expect(gathered.pieces.map(({ position }) => position)).toEqual([20]);
  expect(gathered.cuts.map(({ id, position }) => [id, position])).toEqual([
    ["j", 0],
    ["other", 20],
  ]);
  expect([gathered.bytes, gathered.size]).toEqual([10, 3]);
});

test("a batch whose answer was lost may be stored all the same: what is cut out later is cut out of that too", () => {
  const [first, later] = [new GatheredOutput(), new GatheredOutput()];
  first.add(piece(0));
  later.cut(piece(0));
  later.add(piece(10));
  first.join(later);
  expect(first.pieces.map(({ position }) => position)).toEqual([10]);
  expect(first.cuts.map(({ position }) => position)).toEqual([0]);
});

const block = "x".repeat(64 * 1024);

test("a job that writes faster than the store takes no more memory than is kept of it", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne();
  world.troubled.set("hold");
  for (let i = 0; i < 2_000; i++)
    node.session.reports([{ type: "output", job: id, token: 1, stream: "stdout", offset: i * block.length, text: block, at: 1 }]);
  await settle();
  world.troubled.set("none");
  await settle();
  const kept = await world.inner.readOutput("default", id, 1, 0, 10_000);
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  expect(bytes).toBeGreaterThan(jobOutputLimits.headBytes + jobOutputLimits.tailBytes - 2 * block.length);
  expect(bytes).toBeLessThanOrEqual(jobOutputLimits.headBytes + jobOutputLimits.tailBytes + block.length);
  const last = kept.at(-1);
  expect([kept[0]?.position, (last?.position ?? 0) + (last?.bytes ?? 0)]).toEqual([0, 2_000 * block.length]);
});

test("of what many jobs write at once no more waits than is said, and what is thrown away shows as a gap", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs, { capacity: { cpu: 100_000 } });
  const ids = await world.submit({ command: ["true"], array: 90 });
  world.troubled.set("hold");
  const write = (job: string, i: number): void =>
    node.session.reports([{ type: "output", job, token: 1, stream: "stdout", offset: i * block.length, text: block, at: 1 }]);
  for (const id of ids) for (let i = 0; i < 16; i++) write(id, i);
  world.troubled.set("none");
  await settle();
  for (const id of ids) write(id, 16);
  await settle();
  const stored = await Promise.all(ids.map((id) => world.inner.readOutput("default", id, 1, 0, 100)));
  const bytes = stored.flat().reduce((sum, one) => sum + one.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(maxGatheredOutputBytes + (ids.length + 3) * block.length);
  expect(stored.at(-1)?.[0]?.position).toBe(16 * block.length);
});
