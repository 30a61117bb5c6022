// What the attempts of jobs have written about themselves: the only witness that no kill of ours silences.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One line: an attempt began, or came to its end. */
export interface JournalLine {
  readonly what: "start" | "end";
  readonly job: string;
  readonly attempt: number;
  readonly atMs: number;
  /** The folder that it ran in, by which its node is known; what a worker ran has none. */
  readonly home: string;
}

/** The lines of each job's file, in the order in which they were written. */
export function readJournals(folder: string): ReadonlyMap<string, readonly JournalLine[]> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8").split("\n").flatMap(lineOf)]));
}

/** An attempt that began and came to its end. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly home: string;
}

/** The attempts that are known from their beginning to their end. */
export function spansOf(lines: readonly JournalLine[]): readonly Span[] {
  return lines.flatMap(({ what, attempt, atMs, home }) => {
    const start = what === "end" ? lines.find((line) => line.what === "start" && line.attempt === attempt) : undefined;
    return start === undefined ? [] : [{ fromMs: start.atMs, toMs: atMs, home }];
  });
}

/** How many spans there are at the fullest instant. */
export function mostAtATime(spans: readonly Span[]): number {
  const edges = spans.flatMap(({ fromMs, toMs }) => [
    { at: fromMs, by: 1 },
    { at: toMs, by: -1 },
  ]);
  let now = 0;
  return edges.sort((a, b) => a.at - b.at || a.by - b.by).reduce((most, { by }) => Math.max(most, (now += by)), 0);
}

function lineOf(text: string): JournalLine[] {
  const [what, job = "", attempt, nanos, home = ""] = text.split(" ");
  return what === "start" || what === "end" ? [{ what, job, attempt: Number(attempt), atMs: Number(nanos) / 1e6, home }] : [];
}
