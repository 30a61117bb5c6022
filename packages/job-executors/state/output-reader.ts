// Follows what a job writes, from the files that it is kept in. The reader need not be the one who runs the job.
import { closeSync, openSync, readSync } from "node:fs";
import { outputPieceBytes } from "../limits.ts";
import type { OutputPiece, OutputPosition, OutputStream } from "../port.ts";
import { segmentsOf } from "./output-log.ts";

const streams: readonly OutputStream[] = ["stdout", "stderr"];

/** The next piece of a stream from an offset on; undefined where there is none yet. */
export function readPiece(folder: string, stream: OutputStream, offset: number): OutputPiece | undefined {
  const segments = segmentsOf(folder, stream);
  const before = segments.findLast((segment) => segment.offset <= offset);
  const data = before === undefined ? undefined : readAt(before.path, offset - before.offset);
  if (data !== undefined && data.length > 0) return { kind: "data", stream, offset, data };
  const after = segments.find((segment) => segment.offset > offset);
  return after === undefined ? undefined : { kind: "cut", stream, offset, bytes: after.offset - offset };
}

/** A segment that was dropped meanwhile has nothing to read. */
function readAt(path: string, position: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const buffer = Buffer.allocUnsafe(outputPieceBytes);
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, position));
  } finally {
    closeSync(file);
  }
}

/** Tells those who follow a job's output that there is more, or that there will be none. */
export class OutputSignal {
  #ended = false;
  #version = 0;
  readonly #waiting: (() => void)[] = [];

  get ended(): boolean {
    return this.#ended;
  }

  get version(): number {
    return this.#version;
  }

  grown(): void {
    this.#version++;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  end(): void {
    this.#ended = true;
    this.grown();
  }

  /** Resolves once something happened after the version that was seen. */
  async after(version: number): Promise<void> {
    if (this.#version !== version || this.#ended) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** All that a job has written and will write, both streams in turn, until it has ended and everything is read. */
export async function* followOutput(folder: string, signal: OutputSignal, from: OutputPosition): AsyncGenerator<OutputPiece> {
  const position = { ...from };
  for (;;) {
    const { ended, version } = signal;
    let found = false;
    for (const stream of streams) {
      const piece = readPiece(folder, stream, position[stream]);
      if (piece === undefined) continue;
      found = true;
      position[stream] += piece.kind === "data" ? piece.data.length : piece.bytes;
      yield piece;
    }
    if (found) continue;
    if (ended) return;
    await signal.after(version);
  }
}

/** The mark that stands in a text where bytes were thrown away. */
export function cutMark(bytes: number): string {
  return `\n[... ${bytes} bytes of output were cut here ...]\n`;
}
