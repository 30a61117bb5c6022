// `baton simulate --recording FILE`: the same events through the same core, compared answer by answer. Exit code 0: every
// decision is the same, to the byte. 1: one is not, or the file is wrong.
import { basename } from "node:path";
import { formatSpan, replayRecording, type Replay, type ReplayDifference } from "@baton/simulator";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { readBytes } from "./files.ts";
import type { SimulateOptions } from "./options.ts";
import { complain } from "./scenario.ts";
import { linesOf } from "./source.ts";

/** Replays a recording and says whether it came out the same. */
export function runReplay(
  path: string,
  { output }: SimulateOptions,
  io: { readonly out: (text: string) => void; readonly err: (text: string) => void },
): ExitCode {
  if (output === "csv") {
    io.err("A replay is one answer and no table: -o csv says nothing of it, -o json does.\n");
    return exitCodes.usage;
  }
  const name = basename(path);
  const read = replayRecording(linesOf(readBytes(path)), name);
  if (!read.ok) {
    complain(read.error, io);
    return exitCodes.failed;
  }
  const replay = read.value;
  io.out(
    output === "json" ? `${JSON.stringify({ identical: replay.difference === null, ...replay }, undefined, 2)}\n` : describe(name, replay),
  );
  return replay.difference === null ? exitCodes.done : exitCodes.failed;
}

const ends = {
  closed: "the server stopped in order",
  limit: "the recording was full",
  failed: "it could not be written any more",
} as const;

function describe(name: string, { events, decisions, jobs, from, until, end, difference }: Replay): string {
  const what = `${events} events, ${jobs} jobs, ${decisions} decisions over ${formatSpan((until - from) / 1000)}`;
  if (difference !== null) return `${name}: not the same. ${describeDifference(difference)}`;
  return `${name}: ${what}: every decision is the same, to the byte (it ends because ${end === null ? "the server was killed" : ends[end]})\n`;
}

function describeDifference({ line, at, event, recorded, replayed }: ReplayDifference): string {
  const shown = (answer: string): string => (answer === "" ? "nothing" : answer.slice(1));
  return (
    `The first difference is in line ${line}, at ${new Date(at).toISOString()}, after ${event.type}:\n` +
    `  recorded  ${shown(recorded)}\n  replayed  ${shown(replayed)}\n`
  );
}
