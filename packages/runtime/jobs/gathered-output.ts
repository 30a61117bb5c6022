// Output on its way to the store. A piece that is cut out again before it was ever written is never written: a job that writes
// faster than the store does costs no more than what is kept of it.
import type { JobOutput, JobOutputKey } from "@baton/storage";

/** Pieces to be written, and pieces to be cut out of what is stored. */
export class GatheredOutput {
  readonly #pieces = new Map<string, JobOutput>();
  readonly #cuts: JobOutputKey[] = [];
  #bytes = 0;

  /** The text that waits, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#pieces.size + this.#cuts.length;
  }

  get pieces(): readonly JobOutput[] {
    return [...this.#pieces.values()];
  }

  get cuts(): readonly JobOutputKey[] {
    return this.#cuts;
  }

  add(piece: JobOutput): void {
    this.#pieces.set(keyOf(piece), piece);
    this.#bytes += piece.bytes;
  }

  /** What is not here is written already, or on its way. */
  cut(which: JobOutputKey): void {
    if (!this.#drop(which)) this.#cuts.push(which);
  }

  /** Takes over what came later. What is here may be stored after all: what is cut out is cut out there too. */
  join(later: GatheredOutput): void {
    for (const piece of later.pieces) this.add(piece);
    for (const which of later.cuts) {
      this.#drop(which);
      this.#cuts.push(which);
    }
  }

  #drop(which: JobOutputKey): boolean {
    const key = keyOf(which);
    this.#bytes -= this.#pieces.get(key)?.bytes ?? 0;
    return this.#pieces.delete(key);
  }
}

function keyOf({ id, attempt, position }: JobOutputKey): string {
  return `${id} ${attempt} ${position}`;
}
