// What the scheduler has against a submission, in the words of whoever wrote it: names instead of ids that nobody has heard
// of, the fields as people write them, and where each stands.
import { escapePointer } from "@baton/core";
import type { Problem } from "@baton/scheduler";
import type { NewJob } from "./definition.ts";
import { JobsRefused, listedProblems } from "./jobs-refused.ts";
import type { FieldProblem } from "./read/fields.ts";

/** What people write for a field of the scheduler, where the words differ. */
const writtenFields: { readonly [field: string]: string } = {
  requests: "resources",
  limitMs: "timeout",
  expectedMs: "expectedDuration",
};

/** A job by its id, what it is called, and where it was written. */
interface Named {
  readonly id: string;
  readonly called: string;
  readonly at: string;
}

/** The refusal of jobs that were given these ids. */
export function refusalOf(problems: readonly Problem[], written: readonly NewJob[], idOf: (index: number) => string): JobsRefused {
  const named = written.map(({ name, at = "" }, i): Named => ({ id: idOf(i), called: name ?? calledAt(at), at }));
  const ids = new Map(named.map((one) => [one.id, one]));
  const read = problems.slice(0, listedProblems).map((problem) => inWords(problem, ids));
  return new JobsRefused(
    read.map(({ problem }) => problem),
    read.map(({ item }) => item),
  );
}

/** A job without a name, by its place in the list. */
function calledAt(at: string): string {
  const place = /\/(\d+)$/.exec(at)?.[1];
  return place === undefined ? "" : `${Number(place) + 1}`;
}

function inWords(problem: Problem, ids: ReadonlyMap<string, Named>): { readonly problem: Problem; readonly item: FieldProblem } {
  const [, id = "", field = ""] = /^job (\S+?)(?:, (.*))?$/.exec(problem.where) ?? [];
  const job = ids.get(id);
  const message = withNames(problem.message, ids);
  if (job === undefined) {
    const where = withNames(problem.where, ids);
    return { problem: { ...problem, where, message }, item: { pointer: "", detail: `${where}: ${message}` } };
  }
  const path = writtenPath(field);
  const where = [job.called === "" ? "" : `job ${job.called}`, path.join(".")].filter((part) => part !== "").join(", ");
  const pointer = [job.at, ...path.map(escapePointer)].join("/");
  return { problem: { ...problem, where, message }, item: { pointer, detail: where === "" ? message : `${where}: ${message}` } };
}

/** The names of resources may hold dots themselves. */
function writtenPath(field: string): readonly string[] {
  if (field === "") return [];
  const dot = field.indexOf(".");
  const [first, rest] = dot < 0 ? [field, undefined] : [field.slice(0, dot), field.slice(dot + 1)];
  return [writtenFields[first] ?? first, ...(rest === undefined ? [] : [rest])];
}

function withNames(text: string, ids: ReadonlyMap<string, Named>): string {
  return text.replaceAll(/\bjob_[0-9a-z]+/g, (id) => {
    const called = ids.get(id)?.called;
    return called === "" ? "this job" : (called ?? id);
  });
}
