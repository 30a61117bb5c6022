// The archive of runs: files of JSON lines, compressed with gzip, that are written once and never changed.
//
// A file is written under another name, flushed to the disk, and only then given its own; so what is there is whole. A line
// is either a flow ({"flow": ..., "source": ...}) or a run of a flow of that file. A run may be in two files, when a server
// stopped between archiving and forgetting it; it is the same both times.
import { open, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { formatInstant } from "@baton/core";
import type { ArchivedRun, RunArchive } from "@baton/runtime";
import { archiveVersion, type ArchiveLine } from "./lines.ts";

const compress = promisify(gzip);

/** An archive in a folder, which is made when it is first needed. */
export function createFileArchive(folder: string): RunArchive {
  let counter = 0;
  return {
    async write(runs, now) {
      await mkdir(folder, { recursive: true });
      const name = `runs-${formatInstant(now).replaceAll(/[:.]/g, "-")}-${process.pid}-${++counter}.jsonl.gz`;
      const text = linesOf(runs).map((line) => `${JSON.stringify(line)}\n`);
      await writeDurably(folder, name, await compress(text.join("")));
    },
  };
}

function linesOf(runs: readonly ArchivedRun[]): ArchiveLine[] {
  const flows = Map.groupBy(runs, ({ summary: { tenant, namespace, workflow, version } }) =>
    JSON.stringify([tenant, namespace, workflow, version]),
  );
  return [...flows.values()].flatMap((own) => {
    const [{ summary, source } = { summary: null, source: null }] = own;
    const { namespace = "", workflow = "", version = "" } = summary ?? {};
    const flow: ArchiveLine = { v: archiveVersion, flow: { namespace, name: workflow, version }, source };
    return [
      flow,
      ...own.map(({ summary: run, attributes, envelopes, former }): ArchiveLine => {
        return { v: archiveVersion, run, attributes, envelopes, ...(former && { former }) };
      }),
    ];
  });
}

/** The content is on the disk before the name is, and the name before this resolves. */
async function writeDurably(folder: string, name: string, content: Buffer): Promise<void> {
  const temporary = join(folder, `.${name}.part`);
  const file = await open(temporary, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
