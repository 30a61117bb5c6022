// Amounts as dense vectors. Resources are numbered in the order in which nodes and queues first name them, so that
// the hot loops run over plain numbers. A vector's length is the number of resources known when it was made; whoever
// makes a new resource known extends every vector that lives on (see World.learnResources).
import type { Amounts } from "./types.ts";

/** Amounts by resource number. */
export type Vector = Float64Array;

/** The numbering of resources. */
export class Resources {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  get size(): number {
    return this.names.length;
  }

  /** The number of a resource, undefined where nobody has named it yet. */
  numberOf(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** Makes every resource of `amounts` known; true when one of them is new. */
  learn(amounts: Amounts): boolean {
    const before = this.names.length;
    for (const name of Object.keys(amounts)) {
      if (this.#numbers.has(name)) continue;
      this.#numbers.set(name, this.names.length);
      this.names.push(name);
    }
    return this.names.length > before;
  }

  /** The vector of `amounts`; resources that are not known are left out. */
  vector(amounts: Amounts, otherwise = 0): Vector {
    const vector = new Float64Array(this.names.length);
    if (otherwise !== 0) vector.fill(otherwise);
    for (const name in amounts) {
      const number = this.#numbers.get(name);
      if (number !== undefined) vector[number] = amounts[name] as number;
    }
    return vector;
  }

  /** The amounts of a vector, without the ones that are zero. */
  amounts(vector: Vector): Amounts {
    const amounts: { [resource: string]: number } = {};
    for (let d = 0; d < vector.length; d++) if (vector[d] !== 0) amounts[this.names[d] as string] = vector[d] as number;
    return amounts;
  }

  /** See fork.ts. */
  forked(): Resources {
    const copy = new Resources();
    for (const name of this.names) {
      copy.#numbers.set(name, copy.names.length);
      copy.names.push(name);
    }
    return copy;
  }
}

/** Whether `request` fits into `free`. What is not requested does not matter, even where it is overdrawn. */
export function fits(request: Vector, free: Vector): boolean {
  for (let d = 0; d < request.length; d++) {
    const amount = request[d] as number;
    if (amount > 0 && amount > (free[d] as number)) return false;
  }
  return true;
}

/** Adds `amount` to `vector` in place. */
export function addTo(vector: Vector, amount: Vector): void {
  for (let d = 0; d < amount.length; d++) vector[d] = (vector[d] as number) + (amount[d] as number);
}

/** Takes `amount` from `vector` in place. */
export function takeFrom(vector: Vector, amount: Vector): void {
  for (let d = 0; d < amount.length; d++) vector[d] = (vector[d] as number) - (amount[d] as number);
}

/** The largest part that `used` takes of `total` in any one resource: the dominant share. */
export function dominantShare(used: Vector, total: Vector): number {
  let share = 0;
  for (let d = 0; d < used.length; d++) {
    const amount = used[d] as number;
    if (amount <= 0) continue;
    const part = amount / (total[d] as number);
    if (part > share) share = part;
  }
  return share;
}

/** A longer copy, for when more resources are known. */
export function extended(vector: Vector, size: number, otherwise = 0): Vector {
  if (vector.length === size) return vector;
  const longer = new Float64Array(size);
  longer.set(vector);
  if (otherwise !== 0) longer.fill(otherwise, vector.length);
  return longer;
}
