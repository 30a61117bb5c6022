// A map by steps that is copied for nothing: what is shared is never written to. Each change copies one array of pointers,
// which is quick even for a thousand steps, so a decision on a wide fork costs what it changes, not what is under way.
//
// Invariant: `#ids` ascends, and `#values` holds the value of each at the same place; neither array is ever changed.
import type { StepId } from "./answers.ts";

const none: readonly never[] = [];
const few = 8;

/** Values by step, in the order of the steps. Iterating sees the map as it was when that began. */
export class StepMap<V> implements ReadonlyMap<StepId, V> {
  #ids: readonly StepId[];
  #values: readonly V[];

  constructor(ids: readonly StepId[] = none, values: readonly V[] = none) {
    this.#ids = ids;
    this.#values = values;
  }

  /** A map that may be written to, with the same content. */
  static of<V>(map: ReadonlyMap<StepId, V>): StepMap<V> {
    if (map instanceof StepMap) return new StepMap(map.#ids, map.#values as readonly V[]);
    const copy = new StepMap<V>();
    for (const [id, value] of map) copy.set(id, value);
    return copy;
  }

  get size(): number {
    return this.#ids.length;
  }

  get(id: StepId): V | undefined {
    const place = this.#placeOf(id);
    return place < 0 ? undefined : this.#values[place];
  }

  has(id: StepId): boolean {
    return this.#placeOf(id) >= 0;
  }

  set(id: StepId, value: V): this {
    const place = this.#placeOf(id);
    if (place >= 0) this.#values = this.#values.with(place, value);
    else this.#insert(this.#firstBehind(id), id, value);
    return this;
  }

  delete(id: StepId): boolean {
    const place = this.#placeOf(id);
    if (place < 0) return false;
    const isLast = place === this.#ids.length - 1;
    this.#ids = isLast ? this.#ids.slice(0, place) : this.#ids.toSpliced(place, 1);
    this.#values = isLast ? this.#values.slice(0, place) : this.#values.toSpliced(place, 1);
    return true;
  }

  keys(): MapIterator<StepId> {
    return this.#ids.values();
  }

  values(): MapIterator<V> {
    return this.#values.values();
  }

  *entries(): MapIterator<[StepId, V]> {
    const [ids, values] = [this.#ids, this.#values];
    for (const [place, id] of ids.entries()) yield [id, values[place] as V];
  }

  [Symbol.iterator](): MapIterator<[StepId, V]> {
    return this.entries();
  }

  forEach(callback: (value: V, id: StepId, map: ReadonlyMap<StepId, V>) => void): void {
    for (const [id, value] of this.entries()) callback(value, id, this);
  }

  /** A step that starts has the highest number so far. */
  #insert(place: number, id: StepId, value: V): void {
    const isLast = place === this.#ids.length;
    this.#ids = isLast ? [...this.#ids, id] : this.#ids.toSpliced(place, 0, id);
    this.#values = isLast ? [...this.#values, value] : this.#values.toSpliced(place, 0, value);
  }

  /** -1: the step is not here. Few are found faster one by one. */
  #placeOf(id: StepId): number {
    if (this.#ids.length <= few) return this.#ids.indexOf(id);
    const place = this.#firstBehind(id) - 1;
    return this.#ids[place] === id ? place : -1;
  }

  /** The place of the first step with a higher number. */
  #firstBehind(id: StepId): number {
    let [from, to] = [0, this.#ids.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#ids[middle] as StepId) <= id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
