import { expect, test } from "vitest";
import {
  addDuration,
  editDistance,
  Heap,
  isDeeperThan,
  nearest,
  firstIdAt,
  formatBytes,
  newId,
  parseDuration,
  seededRandom,
  type Duration,
  type Json,
} from "./index.ts";

const duration = (text: string): Duration => {
  const result = parseDuration(text);
  if (!result.ok) throw new Error(result.error);
  return result.value;
};

test("durations: every designator of ISO 8601, fractions with point and comma", () => {
  expect(duration("PT5S")).toEqual({ months: 0, ms: 5000 });
  expect(duration("P1DT2H3M4.5S")).toEqual({ months: 0, ms: 93_784_500 });
  expect(duration("P1Y2M")).toEqual({ months: 14, ms: 0 });
  expect(duration("P2W")).toEqual({ months: 0, ms: 14 * 86_400_000 });
  expect(duration("PT0,25S")).toEqual({ months: 0, ms: 250 });
});

test.each(["", "P", "PT", "5s", "P1H", "PT1D", "-PT1S", "P1S", "PT1.5.2S", "P9999999Y"])("durations: %j is refused with advice", (text) => {
  const result = parseDuration(text);
  expect(result.ok).toBe(false);
});

test("a month after the last of January is the last of February", () => {
  const start = Date.UTC(2024, 0, 31, 12);
  expect(addDuration(start, duration("P1M"))).toBe(Date.UTC(2024, 1, 29, 12));
  expect(addDuration(start, duration("P1Y1M"))).toBe(Date.UTC(2025, 1, 28, 12));
});

test("ids sort by time and carry their prefix", () => {
  const random = seededRandom(1);
  const ids = [1, 1000, 1_700_000_000_000, 1_700_000_000_001].map((now) => newId("run", now, random));
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^run_[0-9a-hjkmnp-tv-z]{22}$/);
  const mixed = [...ids, firstIdAt("run", 1000)];
  expect(mixed.sort()[1]).toBe(firstIdAt("run", 1000));
});

test("the heap pops in order", () => {
  const random = seededRandom(7);
  const heap = new Heap<number>((a, b) => a - b);
  const numbers = Array.from({ length: 500 }, () => Math.floor(random() * 100));
  for (const n of numbers) heap.push(n);
  const popped = numbers.map(() => heap.pop());
  expect(popped).toEqual([...numbers].sort((a, b) => a - b));
  expect(heap.pop()).toBeUndefined();
});

test("the same seed gives the same numbers, uniform enough to use", () => {
  const [a, b] = [seededRandom(42), seededRandom(42)];
  const first = Array.from({ length: 10_000 }, () => a());
  expect(first).toEqual(Array.from({ length: 10_000 }, () => b()));
  const mean = first.reduce((sum, x) => sum + x, 0) / first.length;
  expect(mean).toBeCloseTo(0.5, 1);
});

test("the nearest word is suggested, a far one is not", () => {
  expect(nearest("endpiont", ["endpoint", "headers", "method"])).toBe("endpoint");
  expect(nearest("xyz", ["endpoint", "headers", "method"])).toBeUndefined();
  expect(nearest("ezy", ["fcfs", "easy", "edf"])).toBe("easy");
  expect(nearest("id", ["kind", "f1"])).toBeUndefined();
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("depth counts levels of arrays and objects", () => {
  expect(isDeeperThan(7, 0)).toBe(false);
  expect(isDeeperThan([], 0)).toBe(true);
  expect(isDeeperThan([{ a: [] }], 3)).toBe(false);
  expect(isDeeperThan([{ a: [] }], 2)).toBe(true);
  let deep: Json = null;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(isDeeperThan(deep, 256)).toBe(true);
});

test("bytes in a sentence have the largest binary unit that they fill", () => {
  const shown = [0, 1023, 1024, 33_554_432, 1_610_612_736, 2 ** 60].map(formatBytes);
  expect(shown).toEqual(["0 B", "1023 B", "1 KiB", "32 MiB", "1.5 GiB", "1024 PiB"]);
});
