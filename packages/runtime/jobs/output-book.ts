// What one attempt of a job has written, within bounds: the beginning and the end are kept, and of more than that the middle
// is cut out, the oldest piece first. Positions count bytes from the beginning, so a reader sees where something is missing.
import { jobOutputLimits } from "./limits.ts";

/** A piece that is kept. */
export interface OutputPiece {
  readonly position: number;
  readonly bytes: number;
}

/** The pieces of one attempt. */
export class OutputBook {
  /** Where the next piece begins. */
  position: number;
  /** Pieces behind the beginning, the oldest first. */
  readonly #tail: OutputPiece[] = [];
  #tailBytes = 0;

  /** `position`: where an attempt goes on that has written before this server knew it. */
  constructor(position = 0) {
    this.position = position;
  }

  /** Takes a piece in; gives its position, and the positions of what is to be cut out for it. */
  add(bytes: number): { readonly position: number; readonly cut: readonly number[] } {
    const position = this.position;
    this.position += bytes;
    if (this.position <= jobOutputLimits.headBytes) return { position, cut: nothing };
    this.#tail.push({ position, bytes });
    this.#tailBytes += bytes;
    if (this.#tailBytes <= jobOutputLimits.tailBytes) return { position, cut: nothing };
    const cut: number[] = [];
    while (this.#tailBytes > jobOutputLimits.tailBytes && this.#tail.length > 1) {
      const oldest = this.#tail.shift() as OutputPiece;
      this.#tailBytes -= oldest.bytes;
      cut.push(oldest.position);
    }
    return { position, cut };
  }
}

const nothing: readonly number[] = [];
