// Reader of the Standard Workload Format of the Parallel Workloads Archive, version 2.2: header comments that begin
// with ";", then one job per line in 18 numeric fields; -1 means "not known".
//
// A job is simulated as the field's studies of backfilling do: processors are those requested (field 8), the
// run time is cut at the requested time, and a job without one of the two, without processors or submitted before
// the log begins is left out and counted, with the reason. Where a job that was swapped out has lines for its parts
// (status 2 to 4) below the line for the whole, only the whole counts, as the format's definition asks of studies of workloads.
import { err, ok, type Result } from "@baton/core";
import { maxProcessors } from "../cluster.ts";
import { problem, type Problem } from "../errors.ts";
import { WorkloadBuilder, type Workload } from "../workload/workload.ts";

/** What to do about a malformed line: report it and give up, or leave it out and count it. */
export type OnMalformed = "stop" | "skip";

/** Where the number of processors is read from; `either` takes the allocated ones where none were requested. */
export type SwfProcessors = "requested" | "allocated" | "either";

/** How a log is read. */
export interface SwfOptions {
  readonly name: string;
  readonly onMalformed?: OnMalformed;
  /** The machine's size; the header's MaxProcs (else MaxNodes) where it is left out. */
  readonly machine?: number;
  readonly processors?: SwfProcessors;
}

/** Why jobs were left out, and how many. */
export interface LeftOut {
  readonly reason: string;
  readonly count: number;
}

/** A log that was read. */
export interface SwfLog {
  readonly workload: Workload;
  /** The size of the machine: what was asked for, else what the header says. */
  readonly machine: number;
  readonly leftOut: readonly LeftOut[];
  /** The malformed lines that were skipped, at most `maxReported` of them. */
  readonly skipped: readonly Problem[];
  readonly skippedCount: number;
}

/** The longest list of malformed lines that is reported; the rest is only counted. */
export const maxReported = 20;

/** The longest line that is accepted. */
export const maxLineLength = 10_000;

const fieldNames = [
  "job number",
  "submit time",
  "wait time",
  "run time",
  "allocated processors",
  "average CPU time",
  "used memory",
  "requested processors",
  "requested time",
  "requested memory",
  "status",
  "user",
  "group",
  "executable",
  "queue",
  "partition",
  "preceding job",
  "think time",
] as const;

const field = { id: 0, submit: 1, run: 3, allocated: 4, requested: 7, time: 8, status: 10, user: 11 } as const;

/** The longest time in a log, in seconds: more than three thousand years. Beyond it, milliseconds would not be exact. */
export const maxSeconds = 1e11;

/** Reads a log from its text, which may come in pieces that are cut anywhere. */
export function readSwf(chunks: Iterable<string>, options: SwfOptions): Result<SwfLog, readonly Problem[]> {
  const reader = new SwfReader(options);
  let rest = "";
  for (const chunk of chunks) {
    const text = rest + chunk;
    const end = text.lastIndexOf("\n") + 1;
    reader.read(text, end);
    rest = text.slice(end);
    if (rest.length > maxLineLength) reader.tooLong();
    if (reader.stopped) break;
  }
  if (!reader.stopped && rest !== "") reader.read(rest, rest.length);
  return reader.finish();
}

class SwfReader {
  readonly #options: SwfOptions;
  readonly #builder: WorkloadBuilder;
  readonly #fields = new Float64Array(fieldNames.length);
  readonly #leftOut = new Map<string, number>();
  readonly #problems: Problem[] = [];
  #problemCount = 0;
  #line = 0;
  #largestProcs: number | undefined;
  #largestNodes: number | undefined;
  #lastId: number | undefined;
  stopped = false;

  constructor(options: SwfOptions) {
    this.#options = options;
    this.#builder = new WorkloadBuilder(options.name, 1000, ["processors"]);
  }

  /** Reads the lines of `text` up to `end`. */
  read(text: string, end: number): void {
    let start = 0;
    while (start < end && !this.stopped) {
      const newline = text.indexOf("\n", start);
      const stop = newline < 0 || newline > end ? end : newline;
      this.#line++;
      this.#readLine(text, start, stop);
      start = stop + 1;
    }
  }

  tooLong(): void {
    this.#line++;
    this.#malformed(`line ${this.#line}`, `The line is longer than ${maxLineLength} characters.`, true);
  }

  finish(): Result<SwfLog, readonly Problem[]> {
    if (this.stopped) return err(this.#problems);
    const machine = this.#machine();
    if (machine === undefined) {
      const hint = "Pass --processors N; the header of the log has neither MaxProcs nor MaxNodes.";
      return err([problem("simulation-invalid", this.#options.name, "The size of the machine is not known.", hint)]);
    }
    if (this.#options.machine === undefined && machine > maxProcessors) {
      const message = `The header of the log has a machine of ${machine} processors; at most ${maxProcessors} are simulated.`;
      return err([problem("simulation-invalid", this.#options.name, message, "Pass --processors N, or correct MaxProcs in the header.")]);
    }
    const leftOut = [...this.#leftOut].map(([reason, count]) => ({ reason, count }));
    if (this.#builder.count === 0) return err([problem("trace-empty", this.#options.name, emptyMessage(leftOut, this.#problemCount))]);
    return ok({ workload: this.#builder.finish(), machine, leftOut, skipped: this.#problems, skippedCount: this.#problemCount });
  }

  #machine(): number | undefined {
    return this.#options.machine ?? this.#largestProcs ?? this.#largestNodes;
  }

  #readLine(text: string, start: number, end: number): void {
    let at = start;
    while (at < end && isSpace(text.charCodeAt(at))) at++;
    if (at === end) return;
    if (text.charCodeAt(at) === semicolon) this.#readHeader(text.slice(at + 1, end));
    else if (this.#readFields(text, at, end)) this.#addJob();
  }

  #readHeader(comment: string): void {
    const match = /^\s*(MaxProcs|MaxNodes)\s*:\s*(\d[\d,]*)/.exec(comment);
    const size = Number(match?.[2]?.replaceAll(",", ""));
    // Logs write 0 or -1 where they do not know.
    if (!(size > 0)) return;
    if (match?.[1] === "MaxProcs") this.#largestProcs = size;
    else this.#largestNodes = size;
  }

  /** Fills the fields from one line; false, with the problem recorded, where that does not work. */
  #readFields(text: string, start: number, end: number): boolean {
    let at = start;
    let count = 0;
    while (at < end) {
      let stop = at;
      while (stop < end && !isSpace(text.charCodeAt(stop))) stop++;
      if (count < fieldNames.length) {
        const value = decimal(text, at, stop);
        if (Number.isNaN(value)) return this.#badField(count, text.slice(at, Math.min(stop, at + 40)));
        this.#fields[count] = value;
      }
      count++;
      at = stop;
      while (at < end && isSpace(text.charCodeAt(at))) at++;
    }
    if (count === fieldNames.length) return true;
    const missing = fieldNames[count];
    const what = missing
      ? `field ${count + 1} (${missing}) and what follows it are missing`
      : `there are ${count - fieldNames.length} too many`;
    return this.#malformed(`line ${this.#line}`, `The line has ${count} fields, not ${fieldNames.length}: ${what}.`);
  }

  #badField(number: number, word: string): false {
    return this.#malformed(`line ${this.#line}, field ${number + 1} (${fieldNames[number]})`, `"${word}" is not a number.`);
  }

  #malformed(where: string, message: string, fatal = false): false {
    this.#problemCount++;
    if (this.#problems.length < maxReported) this.#problems.push(problem("trace-malformed", `${this.#options.name}: ${where}`, message));
    if (fatal || (this.#options.onMalformed ?? "stop") === "stop") this.stopped = true;
    return false;
  }

  #addJob(): void {
    const fields = this.#fields;
    const run = fields[field.run] as number;
    const request = fields[field.time] as number;
    const source = this.#processorsField();
    const processors = fields[source] as number;
    const submit = fields[field.submit] as number;
    const id = fields[field.id] as number;
    if (!Number.isInteger(processors)) return void this.#bad(source, "is not a whole number");
    for (const time of [field.submit, field.run, field.time] as const) {
      if ((fields[time] as number) > maxSeconds) return void this.#bad(time, `is more than ${maxSeconds} seconds`);
    }
    if (Math.abs(id) > Number.MAX_SAFE_INTEGER) return void this.#bad(field.id, "is too large");
    const isPart = id === this.#lastId && isPartial(fields[field.status] as number);
    this.#lastId = id;
    const reason = isPart
      ? "it is a part of a job that has a line for the whole"
      : this.#reasonToLeaveOut(submit, run, request, processors);
    if (reason !== undefined) {
      this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + 1);
      return;
    }
    const user = fields[field.user] as number;
    const tenant = user < 0 ? "user-unknown" : `user-${user}`;
    this.#builder.add({ id, submit, run: Math.min(run, request), request, amounts: [processors], tenant });
  }

  /** A field that is a number, but not one that it may be. */
  #bad(number: number, what: string): false {
    return this.#malformed(`line ${this.#line}, field ${number + 1} (${fieldNames[number]})`, `${this.#fields[number]} ${what}.`);
  }

  /** The field that says how many processors the job takes. */
  #processorsField(): typeof field.requested | typeof field.allocated {
    const source = this.#options.processors ?? "requested";
    if (source === "allocated") return field.allocated;
    return source === "either" && (this.#fields[field.requested] as number) <= 0 ? field.allocated : field.requested;
  }

  #reasonToLeaveOut(submit: number, run: number, request: number, processors: number): string | undefined {
    const machine = this.#machine();
    if (processors <= 0) return "it names no processors";
    if (machine !== undefined && processors > machine)
      return `it asks for more than the ${machine === 1 ? "one processor" : `${machine} processors`} of the machine`;
    if (run <= 0) return "it did not run";
    if (request <= 0) return "it names no requested time";
    return submit < 0 ? "it was submitted before the log begins" : undefined;
  }
}

/** Swapped out and to be continued, or the last part of a job, completed or failed. */
function isPartial(status: number): boolean {
  return status >= 2 && status <= 4;
}

function emptyMessage(leftOut: readonly LeftOut[], malformed: number): string {
  const reasons = leftOut.map(({ reason, count }) => `${count} because ${reason}`);
  if (malformed > 0) reasons.push(`${malformed} because they are malformed`);
  return reasons.length === 0 ? "The log has no jobs." : `Every job was left out: ${reasons.join(", ")}.`;
}

const semicolon = 59;
const minus = 45;
const point = 46;
const zero = 48;

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 13;
}

/** The decimal number text[start, end), or NaN. Written out because it is called 18 times a job. */
function decimal(text: string, start: number, end: number): number {
  const negative = text.charCodeAt(start) === minus;
  let at = negative ? start + 1 : start;
  const first = at;
  let value = 0;
  for (; at < end; at++) {
    const digit = text.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === first) return Number.NaN;
  if (at < end) value = fraction(text, first, at, end);
  return negative ? -value : value;
}

/** The rare number with a fraction: left to the language's own parser, once its form is sure. */
function fraction(text: string, first: number, at: number, end: number): number {
  if (text.charCodeAt(at) !== point) return Number.NaN;
  for (let i = at + 1; i < end; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (digit < 0 || digit > 9) return Number.NaN;
  }
  return Number(text.slice(first, end));
}
