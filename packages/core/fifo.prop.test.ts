// The queue against an array, under any mixture of coming and taking; and that nothing taken is held.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { array, assert, integer, oneof, property } from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

test("values are taken in the order in which they came", () => {
  assert(
    property(array(oneof(integer({ min: 1, max: 200 }), integer({ min: -200, max: -1 })), { maxLength: 30 }), (steps) => {
      const [queue, model] = [new Fifo<number>(), [] as number[]];
      let next = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i++) {
          queue.push(next);
          model.push(next++);
        }
        for (let i = 0; i > step; i--) expect(queue.take()).toBe(model.shift());
        expect(queue.size).toBe(model.length);
      }
      expect(queue.takeAll()).toEqual(model);
      expect(queue.size).toBe(0);
    }),
  );
});

/** Puts in and takes as many, and holds none of them itself: the frame that did goes with its answer. */
function passThrough(queue: Fifo<object>, count: number): WeakRef<object>[] {
  return Array.from({ length: count }, () => {
    queue.push({});
    return new WeakRef(queue.take() as object);
  });
}

test("what was taken is not held, though the queue is never empty", async () => {
  const queue = new Fifo<object>();
  queue.push({});
  const gone = passThrough(queue, 10_000);
  // A reference keeps what it leads to until the turn of the event loop in which it was made is over.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  collect();
  expect(gone.filter((ref) => ref.deref() !== undefined)).toHaveLength(0);
  expect(queue.size).toBe(1);
});
