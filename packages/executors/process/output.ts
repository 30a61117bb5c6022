// What a process writes, kept within bounds: all of a stream that the task returns, the end of one that it does not.
import { StringDecoder } from "node:string_decoder";

/** Collects one output stream. */
export interface OutputSink {
  push(chunk: Buffer): void;
  /** True once more was written than can be kept. */
  readonly overflowed: boolean;
  text(): string;
}

/** Keeps everything up to `maxBytes`; what comes after marks it as overflowed. */
export function wholeOutput(maxBytes: number): OutputSink {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push: (chunk) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
    },
    get overflowed() {
      return size > maxBytes;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}

/** Keeps the last `maxBytes`; never overflows. */
export function outputTail(maxBytes: number): OutputSink {
  let kept = Buffer.alloc(0);
  return {
    push: (chunk) => {
      kept = Buffer.from(Buffer.concat([kept, chunk]).subarray(-maxBytes));
    },
    overflowed: false,
    text: () => tailText(kept),
  };
}

/** Text of bytes whose beginning may have cut a character. */
function tailText(bytes: Buffer): string {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return new StringDecoder("utf8").end(bytes.subarray(Math.max(0, start)));
}
