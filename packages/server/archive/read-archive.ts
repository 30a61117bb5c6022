// Reads archived runs back: the files of a folder, or one file, line by line.
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { formatInstant } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { decodeEvents, projectRun, withFormer, type RunView } from "@baton/engine";
import type { RunSummary as ApiSummary, Status } from "@baton/api";
import type { AttributeValue, RunSummary } from "@baton/storage";
import { serverError } from "../errors.ts";
import { archiveVersion, type ArchiveLine } from "./lines.ts";

/** A run of an archive. */
export interface ArchivedEntry {
  readonly file: string;
  readonly summary: ApiSummary;
  readonly attributes: { readonly [name: string]: AttributeValue };
  /** The run with its steps, as it was. */
  view(): RunView;
}

/** Every run of a folder or a file, each once, in the order in which they were archived. */
export async function* readArchive(path: string): AsyncGenerator<ArchivedEntry> {
  const seen = new Set<string>();
  for (const file of await filesOf(path)) {
    let source: string | null = null;
    for await (const line of linesOf(file)) {
      if ("flow" in line) source = line.source;
      else if (!seen.has(line.run.id)) {
        seen.add(line.run.id);
        yield entryOf(file, line, source);
      }
    }
  }
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw serverError("archive-unreadable", { message: `There is no archive at ${path}.`, where: path, cause });
  });
  if (!found.isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /^runs-.*\.jsonl\.gz$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

async function* linesOf(file: string): AsyncGenerator<ArchiveLine> {
  let number = 0;
  const unzipped = createGunzip();
  const input = createReadStream(file).on("error", (error) => unzipped.destroy(error));
  try {
    for await (const text of createInterface({ input: input.pipe(unzipped), crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      yield parseLine(text);
    }
  } catch (cause) {
    throw serverError("archive-unreadable", { message: `The archive ${file} cannot be read behind line ${number}.`, where: file, cause });
  }
}

function parseLine(text: string): ArchiveLine {
  const line = JSON.parse(text) as ArchiveLine;
  if (line.v !== archiveVersion) throw new Error(`a line has the form ${line.v}, and this version of Baton reads ${archiveVersion}`);
  return line;
}

function entryOf(file: string, line: Extract<ArchiveLine, { readonly run: RunSummary }>, source: string | null): ArchivedEntry {
  const { run, attributes, envelopes, former = [] } = line;
  const read = (text: string): Workflow => {
    const compiled = compileWorkflow(text);
    if (compiled.ok) return compiled.workflow;
    throw serverError("archive-unreadable", { message: `The flow of the archived run ${run.id} cannot be read.`, where: file });
  };
  const view = (): RunView => projectRun(withFormer(read(source ?? ""), former.map(read)), envelopes.flatMap(decodeEvents));
  return { file, summary: summaryOf(run), attributes, view };
}

function summaryOf({
  id,
  namespace,
  workflow: name,
  version,
  status,
  reason,
  startedAt,
  endedAt,
  parentId,
  forkedFrom,
}: RunSummary): ApiSummary {
  const ended = endedAt === null ? null : formatInstant(endedAt);
  return {
    id,
    workflow: { namespace, name, version },
    status: status as Status,
    reason,
    startedAt: formatInstant(startedAt),
    endedAt: ended,
    parentId,
    // An archive of before there were forks says nothing of them.
    forkedFrom: forkedFrom ?? null,
  };
}
