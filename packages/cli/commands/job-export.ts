// `baton job export`: jobs that have ended as a history for `baton simulate --trace`. A file appears once it is whole.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { readHistoryEnd, type HistoryEnd } from "@baton/simulator";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatThing } from "../output/table.ts";
import { readPastTime } from "../times.ts";

/** What `job export` is given. */
export interface ExportOptions {
  readonly since?: string;
  readonly until?: string;
  readonly queue?: string;
  /** `-` is standard output. */
  readonly out: string;
}

/** `baton job export`. */
export async function exportJobs(context: Context, options: ExportOptions): Promise<ExitCode> {
  const { since, until, queue, out } = options;
  const query = {
    ...(since !== undefined && { since: readPastTime("--since", since) }),
    ...(until !== undefined && { until: readPastTime("--until", until) }),
    ...(queue !== undefined && { queue }),
  };
  const history = new WholeHistory(clientOf(context.options).exportJobs(query, context.signal));
  if (out === "-") await pipeline(history.pieces(), process.stdout, { end: false });
  else await writeFileWhole(out, history.pieces());
  report(context, history.end, out);
  return exitCodes.done;
}

/** More than the last line has. */
const tailLength = 1_000;

/** The text of a history on its way; fails where its last line does not come. */
class WholeHistory {
  end: HistoryEnd = { jobs: 0, unfinished: 0 };
  readonly #source: AsyncIterable<string>;

  constructor(source: AsyncIterable<string>) {
    this.#source = source;
  }

  async *pieces(): AsyncGenerator<string> {
    let tail = "";
    for await (const piece of this.#source) {
      tail = (tail + piece).slice(-tailLength);
      yield piece;
    }
    const end = readHistoryEnd(tail.trimEnd().split("\n").at(-1) ?? "");
    if (end === undefined) throw new CommandFailure(exitCodes.failed, "the export ended before its last line", { next: "export again" });
    this.end = end;
  }
}

async function writeFileWhole(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const part = `${path}.part`;
  try {
    await pipeline(pieces, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new CommandFailure(exitCodes.failed, "the file can't be written", { where: path, why: error.message });
  }
}

/** Standard output may be the history itself. */
function report(context: Context, end: HistoryEnd, file: string): void {
  const { output = "table" } = context.options;
  if (file !== "-" && output !== "table" && output !== "wide")
    return context.out(formatThing({ file, ...end }, output === "ids" ? "json" : output));
  const { jobs, unfinished } = end;
  const left = unfinished === 0 ? "" : `; ${counted(unfinished)} left out: not ended yet`;
  context.say(`${counted(jobs)} exported${file === "-" ? "" : ` to ${file}`}${left}\n`);
}

function counted(jobs: number): string {
  return `${jobs} ${jobs === 1 ? "job" : "jobs"}`;
}
