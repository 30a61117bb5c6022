// The jobs of one queue that wait, in order: by key, ties by turn. Invariant: sorted, except between a change of keys
// (orders that depend on the time) and `resort`.

/** What is ordered: the smaller key first, then the smaller turn. */
export interface Ordered {
  key: number;
  turn: number;
}

/** Below zero where `a` goes before `b`. */
export function compareOrdered(a: Ordered, b: Ordered): number {
  return a.key - b.key || a.turn - b.turn;
}

const compactionStart = 256;

/** A sorted list that is cheap to take the first from and cheap to append to. */
export class PendingList<T extends Ordered> {
  #items: T[] = [];
  /** Items before this index are gone. */
  #start = 0;

  get size(): number {
    return this.#items.length - this.#start;
  }

  /** The item at a place, from 0. */
  at(place: number): T | undefined {
    return this.#items[this.#start + place];
  }

  insert(item: T): void {
    const items = this.#items;
    const place = this.#lowerBound(item);
    for (let i = items.length; i > place; i--) items[i] = items[i - 1] as T;
    items[place] = item;
  }

  /** The place of an item that is in the list. */
  placeOf(item: T): number {
    const found = this.#lowerBound(item);
    return (this.#items[found] === item ? found : this.#items.indexOf(item, this.#start)) - this.#start;
  }

  remove(item: T): void {
    this.removeAt(this.placeOf(item));
  }

  removeAt(place: number): void {
    if (place === 0) return this.#removeFirst();
    const items = this.#items;
    const last = items.length - 1;
    for (let i = this.#start + place; i < last; i++) items[i] = items[i + 1] as T;
    items.length = last;
  }

  /** Restores the order after keys have changed. */
  resort(): void {
    this.#compact();
    this.#items.sort(compareOrdered);
  }

  /** See fork.ts. */
  forked(copy: <V>(value: V) => V): PendingList<T> {
    const list = new PendingList<T>();
    for (const item of this) list.#items.push(copy(item));
    return list;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = this.#start; i < this.#items.length; i++) yield this.#items[i] as T;
  }

  #removeFirst(): void {
    this.#start++;
    if (this.#start === this.#items.length) {
      this.#items.length = 0;
      this.#start = 0;
    } else if (this.#start >= compactionStart && this.#start * 2 > this.#items.length) this.#compact();
  }

  #compact(): void {
    if (this.#start > 0) this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  #lowerBound(item: T): number {
    const items = this.#items;
    let low = this.#start;
    let high = items.length;
    // New items mostly go last.
    if (high > low && compareOrdered(items[high - 1] as T, item) < 0) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareOrdered(items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
