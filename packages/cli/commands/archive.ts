// Commands about archived runs: `archive list` and `archive show`. They read the files of an archive themselves: the server
// that wrote them need not run.
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import type { RunSummary } from "@baton/api";
import { readArchive, type ArchivedEntry } from "@baton/server";
import type { Context } from "../context.ts";
import { CommandFailure } from "../failure.ts";
import { statusWord } from "../output/style.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import { renderTree } from "../output/tree.ts";

/** A line of the list: the run as it was listed, its attributes, and where it lies. */
interface ArchivedRow extends RunSummary {
  readonly attributes: ArchivedEntry["attributes"];
  readonly file: string;
}

const columns: readonly Column<ArchivedRow>[] = [
  { title: "ID", of: (run) => run.id },
  { title: "FLOW", of: (run) => `${run.workflow.namespace}/${run.workflow.name}` },
  { title: "VERSION", of: (run) => run.workflow.version, wide: true },
  { title: "STATUS", of: (run, style) => statusWord(run.status, style) },
  { title: "STARTED", of: (run) => run.startedAt },
  { title: "ENDED", of: (run) => run.endedAt ?? "" },
  { title: "FILE", of: (run) => run.file, wide: true },
];

/** `baton archive list PATH`. */
export async function listArchive(context: Context, path: string): Promise<ExitCode> {
  const rows: ArchivedRow[] = [];
  for await (const { summary, attributes, file } of readArchive(path)) rows.push({ ...summary, attributes, file });
  context.out(formatRows(rows, columns, context.options.output ?? "table", context.outStyle, (run) => run.id));
  return exitCodes.done;
}

/** `baton archive show PATH ID`: what `baton run get ID` said before the run was archived. */
export async function showArchived(context: Context, path: string, id: string): Promise<ExitCode> {
  for await (const entry of readArchive(path)) {
    if (entry.summary.id !== id) continue;
    const run = entry.view();
    const { output } = context.options;
    if (output === undefined || output === "table" || output === "wide") {
      context.out(`${renderTree(run, Date.now(), context.outStyle).join("\n")}\n`);
      if (run.status === "completed") context.out(`output ${formatThing(run.output, "json")}`);
    } else context.out(output === "ids" ? `${run.id}\n` : formatThing(run, output));
    return exitCodes.done;
  }
  throw new CommandFailure(exitCodes.notFound, `there is no run ${id} in this archive`, {
    where: path,
    next: "list what there is: baton archive list PATH",
  });
}
