import { expect, test } from "vitest";
import { Gate } from "./process/gate.ts";
import { outputTail, wholeOutput } from "./process/output.ts";
import { traceparent } from "./http/request.ts";

test("a gate lets the waiting in one after the other, in order", async () => {
  const gate = new Gate(1);
  const order: number[] = [];
  await Promise.all([1, 2, 3].map((n) => gate.pass(async () => void order.push(n))));
  await expect(gate.pass(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.pass(() => Promise.resolve("still open"))).toBe("still open");
  expect(order).toEqual([1, 2, 3]);
});

test("a tail begins at a character, a whole keeps all or overflows", () => {
  const tail = outputTail(5);
  for (const part of ["abc", "dé", "fü"]) tail.push(Buffer.from(part));
  expect([tail.text(), tail.overflowed]).toEqual(["éfü", false]);
  const cut = outputTail(4);
  cut.push(Buffer.from("éfü"));
  expect(cut.text()).toBe("fü");
  const whole = wholeOutput(5);
  whole.push(Buffer.from("abcde"));
  expect([whole.text(), whole.overflowed]).toEqual(["abcde", false]);
  whole.push(Buffer.from("f"));
  expect(whole.overflowed).toBe(true);
});

test("a trace is a W3C traceparent, stable and different for different work", () => {
  expect(traceparent("run_a:1")).toBe(traceparent("run_a:1"));
  expect(new Set(["run_a:1", "run_a:2", "other"].map(traceparent)).size).toBe(3);
  expect(traceparent("other")).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});
