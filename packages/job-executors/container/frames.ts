// The output of a container as the engine sends it: frames of a header (stream, three zeros, length in four bytes, big
// endian) and as many bytes.
import type { OutputStream } from "../port.ts";

const headerBytes = 8;

/** Takes what arrives, in whatever parts, and calls back with what belongs to a stream. */
export function frameReader(onData: (stream: OutputStream, data: Buffer) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: OutputStream = "stdout";
  return (chunk) => {
    for (let start = 0; start < chunk.length;) {
      if (left > 0) {
        const part = chunk.subarray(start, start + left);
        onData(stream, part);
        left -= part.length;
        start += part.length;
        continue;
      }
      const part = chunk.subarray(start, start + headerBytes - header.length);
      header = Buffer.concat([header, part]);
      start += part.length;
      if (header.length < headerBytes) return;
      stream = header[0] === 2 ? "stderr" : "stdout";
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  };
}
