// What is kept of what a job writes.
import { deepEqual, equal, ok } from "node:assert/strict";
import type { OutputPiece } from "../port.ts";
import { finished, piecesOf, textOf, type Bench, type Subject } from "./subject.ts";

const lines = 60_000;
const lineBytes = 100;

/** Registers this part of the suite. */
export function output({ test, lacks = [] }: Subject, bench: Bench): void {
  const { echo, flood } = bench.behaviours;

  test("of much output the beginning and the end are kept, and a mark says how much is missing between", async () => {
    const job = await bench.start(flood(lines));
    await job.result;
    const pieces = await piecesOf(job);
    equal(pieces.filter(({ kind }) => kind === "cut").length, 1);
    equal(
      pieces.reduce((sum, piece) => sum + (piece.kind === "cut" ? piece.bytes : piece.data.length), 0),
      lines * lineBytes,
    );
    const text = await textOf(job);
    ok(text.startsWith("line 0 "));
    ok(text.trimEnd().endsWith(`line ${lines - 1}`));
    ok(text.includes("bytes of output were cut here ...]"));
    await finished(job);
  });

  test("what a job wrote goes with its release, and whoever follows it comes to an end", async () => {
    const job = await bench.start(echo("abc"));
    await finished(job);
    deepEqual(await piecesOf(job), []);
  });

  test("output can be read from any position", async () => {
    const job = await bench.start(echo("abc"));
    await job.result;
    const pieces: OutputPiece[] = [];
    for await (const piece of job.output({ stdout: 2, stderr: 6 })) pieces.push(piece);
    deepEqual(pieces, [{ kind: "data", stream: "stdout", offset: 2, data: Buffer.from(lacks.includes("streams") ? "c||noted\n" : "c||") }]);
    await finished(job);
  });
}
