// A first-in, first-out queue. It holds on to nothing that was taken, also where it never runs empty.

/** Taken places that are worth cutting off: taking the first element of an array each time would move all others. */
const cutAt = 64;

/** A queue of values, taken in the order in which they came. */
export class Fifo<Value> {
  #values: (Value | undefined)[] = [];
  #taken = 0;

  get size(): number {
    return this.#values.length - this.#taken;
  }

  push(value: Value): void {
    this.#values.push(value);
  }

  /** The value that came first, which is in the queue no more; undefined: it is empty. */
  take(): Value | undefined {
    if (this.size === 0) return undefined;
    const value = this.#values[this.#taken];
    this.#values[this.#taken++] = undefined;
    if (this.#taken >= cutAt && this.#taken * 2 >= this.#values.length) {
      this.#values = this.#values.slice(this.#taken);
      this.#taken = 0;
    }
    return value;
  }

  /** All that is left, in order; the queue is empty afterwards. */
  takeAll(): readonly Value[] {
    const left: Value[] = [];
    while (this.size > 0) left.push(this.take() as Value);
    return left;
  }
}
