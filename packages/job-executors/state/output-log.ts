// What a job writes to one stream, kept within bounds: the first segment, which tells how it began, and the last
// ones, which tell how it ended. A segment is a file that is named after the offset of its first byte, so what was
// thrown away between two of them, or could not be written to a full disk, is a gap that every reader sees.
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { outputLastSegments, outputSegmentBytes } from "../limits.ts";
import type { OutputStream } from "../port.ts";

/** How much of a stream is kept. */
export interface OutputBounds {
  readonly segmentBytes: number;
  readonly lastSegments: number;
}

const defaultBounds: OutputBounds = { segmentBytes: outputSegmentBytes, lastSegments: outputLastSegments };

/** A file with a part of a stream. */
export interface Segment {
  readonly offset: number;
  readonly path: string;
}

/** The segments of a stream that are there, in order; none where the folder went with its job. */
export function segmentsOf(folder: string, stream: OutputStream): readonly Segment[] {
  const prefix = `${stream}.`;
  return namesIn(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ offset: Number(name.slice(prefix.length)), path: join(folder, name) }))
    .sort((a, b) => a.offset - b.offset);
}

/** How many bytes of a stream were written, kept or not, as far as its segments tell. */
export function writtenBytes(folder: string, stream: OutputStream): number {
  const last = segmentsOf(folder, stream).at(-1);
  return last === undefined ? 0 : last.offset + statSync(last.path).size;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Writes one stream. */
export class OutputLog {
  readonly #folder: string;
  readonly #stream: OutputStream;
  readonly #bounds: OutputBounds;
  readonly #segments: Segment[] = [];
  #file: number | undefined;
  #room = 0;
  #bytes: number;

  /** `bytes` were written before, by whoever ran the job then. */
  constructor(folder: string, stream: OutputStream, bounds: OutputBounds = defaultBounds, bytes = 0) {
    this.#folder = folder;
    this.#stream = stream;
    this.#bounds = bounds;
    this.#bytes = bytes;
    if (bytes > 0) this.#segments.push(...segmentsOf(folder, stream));
  }

  /** Bytes that the job has written, kept or not. */
  get bytes(): number {
    return this.#bytes;
  }

  write(chunk: Buffer): void {
    for (let start = 0; start < chunk.length;) {
      if (this.#room === 0) this.#next();
      const part = chunk.subarray(start, start + this.#room);
      this.#append(part);
      start += part.length;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#room = 0;
  }

  #append(part: Buffer): void {
    const offset = this.#bytes;
    this.#bytes += part.length;
    this.#room -= part.length;
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, part);
    } catch {
      // The disk is full or gone. The job need not die of it; what comes next begins a file at its own offset.
      this.close();
      if (offset === this.#segments.at(-1)?.offset) this.#drop(this.#segments.length - 1);
    }
  }

  #next(): void {
    this.close();
    this.#room = this.#bounds.segmentBytes;
    if (this.#segments.length > this.#bounds.lastSegments) this.#drop(1);
    const path = join(this.#folder, `${this.#stream}.${String(this.#bytes).padStart(15, "0")}`);
    try {
      this.#file = openSync(path, "w", 0o600);
      this.#segments.push({ offset: this.#bytes, path });
    } catch {
      this.#file = undefined;
    }
  }

  #drop(index: number): void {
    const [segment] = this.#segments.splice(index, 1);
    if (segment !== undefined) rmSync(segment.path, { force: true });
  }
}
