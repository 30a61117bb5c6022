import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, integer } from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { OutputPiece } from "../port.ts";
import { OutputLog } from "./output-log.ts";
import { followOutput, OutputSignal } from "./output-reader.ts";

const root = mkdtempSync(join(tmpdir(), "baton-output-"));
afterAll(() => rmSync(root, { recursive: true }));

async function piecesOf(folder: string): Promise<readonly OutputPiece[]> {
  const signal = new OutputSignal();
  signal.end();
  const pieces: OutputPiece[] = [];
  for await (const piece of followOutput(folder, signal, { stdout: 0, stderr: 0 })) pieces.push(piece);
  return pieces;
}

test("whatever is written in whatever parts: the first segment, the last ones, and one cut of what is between", async () => {
  const bounds = { segmentBytes: 10, lastSegments: 2 };
  await assert(
    asyncProperty(array(integer({ min: 1, max: 25 }), { maxLength: 12 }), async (parts) => {
      const folder = mkdtempSync(join(root, "job-"));
      const log = new OutputLog(folder, "stdout", bounds);
      const all = Buffer.from(Array.from({ length: parts.reduce((sum, size) => sum + size, 0) }, (_, i) => i % 251));
      let start = 0;
      for (const size of parts) log.write(all.subarray(start, (start += size)));
      log.close();
      expect(log.bytes).toBe(all.length);
      const pieces = await piecesOf(folder);
      let offset = 0;
      for (const piece of pieces) {
        expect(piece.offset).toBe(offset);
        if (piece.kind === "data") expect(piece.data.equals(all.subarray(offset, offset + piece.data.length))).toBe(true);
        offset += piece.kind === "data" ? piece.data.length : piece.bytes;
      }
      expect(offset).toBe(all.length);
      expect(pieces.filter(({ kind }) => kind === "cut").length).toBe(all.length > 30 ? 1 : 0);
      expect(readdirSync(folder).length).toBeLessThanOrEqual(3);
    }),
    { numRuns: 50 },
  );
});

test("what cannot be written is a cut, not an error", async () => {
  const folder = mkdtempSync(join(root, "gone-"));
  const log = new OutputLog(folder, "stdout", { segmentBytes: 4, lastSegments: 2 });
  log.write(Buffer.from("abcd"));
  rmSync(folder, { recursive: true });
  log.write(Buffer.from("efgh"));
  expect(log.bytes).toBe(8);
  log.close();
});
