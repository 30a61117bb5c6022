// Follows a run to its end, showing progress on the way: the common part of `run FILE`, `start --wait` and `run watch`.
import type { RunView } from "@baton/engine";
import type { Backend } from "../backend.ts";
import type { Context } from "../context.ts";
import { exitCodeOf, exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { lineProgress, treeProgress, type Progress } from "../output/progress.ts";
import { formatThing } from "../output/table.ts";
import { compensationLines, errorLines } from "../output/tree.ts";

const finalStatuses: ReadonlySet<string> = new Set(["completed", "faulted", "cancelled"]);

/** Watches the run until it has ended and prints its output (or all of it, with `-o json`). */
export async function followRun(backend: Backend, id: string, context: Context, timeoutMs?: number): Promise<ExitCode> {
  const progress = progressFor(context);
  let latest: RunView | undefined;
  const deadline = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
  try {
    for await (const view of backend.watchRun(id, AbortSignal.any([context.signal, ...deadline]))) {
      latest = view;
      progress.update(view);
    }
  } finally {
    progress.end();
  }
  const run = latest ?? (await backend.readRun(id));
  if (!finalStatuses.has(run.status)) {
    if (context.signal.aborted) return exitCodes.interrupted;
    throw new CommandFailure(exitCodes.timedOut, `the run has not ended in the time that was given; it goes on`, {
      where: id,
      next: `baton run watch ${id}`,
    });
  }
  printResult(run, context);
  return exitCodeOf(run.status);
}

function progressFor(context: Context): Progress {
  const quiet = context.options.output !== undefined && context.options.output !== "table" && context.options.output !== "wide";
  if (quiet) return { update: () => {}, end: () => {} };
  if (context.interactive) return treeProgress(process.stderr, context.errStyle);
  return lineProgress((text) => context.say(text), context.errStyle);
}

function printResult(run: RunView, context: Context): void {
  const { output } = context.options;
  if (output === "ids") context.out(`${run.id}\n`);
  else if (output !== undefined && output !== "table" && output !== "wide") context.out(formatThing(run, output));
  else if (run.status === "completed") context.out(formatThing(run.output, "json"));
  else if (!context.interactive) sayEnd(run, context);
}

/** On a terminal the tree says it. */
function sayEnd(run: RunView, context: Context): void {
  const lines = [...(run.error ? errorLines(run.error, context.errStyle) : []), ...compensationLines(run, context.errStyle)];
  if (lines.length > 0) context.say(`${lines.join("\n")}\n`);
}
