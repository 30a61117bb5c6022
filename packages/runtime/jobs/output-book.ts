// What one attempt of a job has written, within bounds: the beginning and the end are kept, and of more than that the middle
// is cut out, the oldest piece first. Positions count bytes of both streams from the beginning, so a reader sees where
// something is missing. What is told twice, because a node came back, is known by its offset in its stream.
import type { JobOutput } from "@baton/storage";

/** How much is kept: of the beginning, and of the end. */
export interface OutputLimits {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** A piece that is kept. */
export interface OutputPiece {
  readonly position: number;
  readonly bytes: number;
}

type Stream = JobOutput["stream"];

/** The pieces of one attempt. */
export class OutputBook {
  /** Where the next piece begins. */
  position = 0;
  /** How far each stream is known. */
  readonly #known: { [S in Stream]: number } = { stdout: 0, stderr: 0 };
  /** Pieces behind the beginning, the oldest first. */
  readonly #tail: OutputPiece[] = [];
  #tailBytes = 0;
  readonly #limits: OutputLimits;

  /** `stored`: what is kept of an attempt that has written before this server knew it. */
  constructor(limits: OutputLimits, stored: readonly JobOutput[] = []) {
    this.#limits = limits;
    for (const { position, bytes, stream } of stored) {
      // What was cut out before a piece counts for its stream; most jobs write to one.
      this.#known[stream] += position - this.position + bytes;
      this.position = position + bytes;
      if (this.position > this.#limits.headBytes) this.#keep({ position, bytes });
    }
  }

  /** The part of a text that is new. */
  newPart(stream: Stream, offset: number, text: string): string {
    const known = this.#known[stream];
    const bytes = Buffer.byteLength(text);
    this.#known[stream] = Math.max(known, offset + bytes);
    // What nobody has told and never will shows as a gap.
    if (offset > known) this.position += offset - known;
    if (offset >= known) return text;
    return offset + bytes <= known
      ? ""
      : Buffer.from(text)
          .subarray(known - offset)
          .toString("utf8");
  }

  /** Leaves so much out: it shows as a gap. */
  skip(bytes: number): void {
    this.position += bytes;
  }

  /** Takes a piece in; gives its position, and the positions of what is to be cut out for it. */
  add(bytes: number): { readonly position: number; readonly cut: readonly number[] } {
    const position = this.position;
    this.position += bytes;
    if (this.position <= this.#limits.headBytes) return { position, cut: nothing };
    this.#keep({ position, bytes });
    const cut: number[] = [];
    while (this.#tailBytes > this.#limits.tailBytes && this.#tail.length > 1) {
      const oldest = this.#tail.shift() as OutputPiece;
      this.#tailBytes -= oldest.bytes;
      cut.push(oldest.position);
    }
    return { position, cut };
  }

  #keep(piece: OutputPiece): void {
    this.#tail.push(piece);
    this.#tailBytes += piece.bytes;
  }
}

const nothing: readonly number[] = [];
