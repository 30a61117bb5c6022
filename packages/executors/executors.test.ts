import { expect, test } from "vitest";
import { Gate } from "./process/gate.ts";
import { outputTail, wholeOutput } from "./process/output.ts";
import { traceparent } from "./http/request.ts";

test("a gate lets the waiting in one after the other, in order; who gives up leaves the queue", async () => {
  const gate = new Gate(1);
  const { signal } = new AbortController();
  const impatient = new AbortController();
  const order: number[] = [];
  const enter = (n: number) => async () => order.push(n);
  const passes = [gate.pass(signal, enter(1)), gate.pass(impatient.signal, enter(2)), gate.pass(signal, enter(3))];
  impatient.abort();
  expect(await Promise.all(passes)).toEqual([1, undefined, 2]);
  await expect(gate.pass(signal, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.pass(AbortSignal.abort(), enter(4))).toBeUndefined();
  expect(await gate.pass(signal, enter(5))).toBe(3);
  expect(order).toEqual([1, 3, 5]);
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
