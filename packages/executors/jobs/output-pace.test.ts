import { expect, test } from "vitest";
import { OutputPace } from "./output-pace.ts";

test("the beginning is read at once, the rest at its pace, and a rest gives some of the beginning back", () => {
  let now = 1_000;
  const pace = new OutputPace({ burstBytes: 1_000, bytesPerSecond: 100 }, () => now);
  expect([pace.read(600), pace.read(400), pace.read(50)]).toEqual([0, 0, 500]);
  now += 500;
  expect(pace.read(10)).toBe(100);
  now += 3_100;
  expect([pace.read(300), pace.read(1)]).toEqual([0, 10]);
  now += 60_000;
  expect([pace.read(1_000), pace.read(1)]).toEqual([0, 10]);
});

test("a clock that goes back delays nothing further", () => {
  let now = 1_000;
  const pace = new OutputPace({ burstBytes: 10, bytesPerSecond: 10 }, () => now);
  expect(pace.read(20)).toBe(1_000);
  now = 0;
  expect(pace.read(0)).toBe(1_000);
  now = 1_000;
  expect(pace.read(0)).toBe(0);
});
