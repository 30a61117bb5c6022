// Recordings of the scheduler as files, one for each life of the server. What happened in a turn of the event loop is written
// at its end, so a server that is killed leaves all but its last turn; once a second the file is made durable.
//
// A recording begins with an empty scheduler and is of use only from its beginning, so it is never cut at the front: one that
// has become too large ends, with a line that says so, and the oldest recordings of a folder go when a new one begins.
import { accessSync, closeSync, constants, fdatasync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Instant, Millis } from "@baton/core";
import type { LogRecord, SchedulerRecorder } from "@baton/runtime";
import { writeRecordedStep, writeRecordingEnd, writeRecordingHeader, type RecordingEnd } from "@baton/simulator";
import { serverError } from "./errors.ts";

/** Where and how much is recorded. */
export interface RecordingOptions {
  readonly folder: string;
  /** All recordings of the folder together; one may take half of it. */
  readonly maxBytes?: number;
  readonly log: (record: LogRecord) => void;
}

/** A recorder that has an end. */
export interface FileRecorder extends SchedulerRecorder {
  /** Nothing more comes. */
  close(): void;
}

/** What all recordings of a folder may take when nothing is said. */
export const defaultRecordingBytes = 1_073_741_824;

const suffix = ".recording.jsonl";
const syncMs: Millis = 1_000;
/** Lines are written before the turn ends where there are so many. */
const eagerBytes = 1_048_576;

/** Opens a recorder; its file begins with the scheduler. Throws a BatonError where the folder cannot be written to. */
export function openRecorder(options: RecordingOptions): FileRecorder {
  const { folder } = options;
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw serverError("recording-unusable", { message: `The folder ${folder} cannot be written to.`, where: folder, cause });
  }
  return new Recorder(options);
}

class Recorder implements FileRecorder {
  readonly #options: RecordingOptions;
  readonly #mostBytes: number;
  #file: number | undefined;
  #lines: string[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  #scheduled = false;
  #sync: NodeJS.Timeout | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#mostBytes = Math.floor((options.maxBytes ?? defaultRecordingBytes) / 2);
  }

  began(...[policy, at]: Parameters<SchedulerRecorder["began"]>): void {
    const { folder } = this.#options;
    this.#guarded(() => {
      makeRoom(folder, this.#mostBytes);
      this.#file = openSync(join(folder, `${nameOf(at)}${suffix}`), "wx", 0o600);
    });
    this.#sync = setInterval(() => this.#makeDurable(), syncMs);
    this.#sync.unref();
    this.#add(writeRecordingHeader(policy, at));
  }

  stepped(...[event, at, answer]: Parameters<SchedulerRecorder["stepped"]>): void {
    if (this.#file !== undefined) this.#add(writeRecordedStep(event, at, answer));
  }

  close(): void {
    this.#end("closed");
  }

  #add(line: string): void {
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    if (this.#writtenBytes + this.#waitingBytes + bytes > this.#mostBytes) return this.#full();
    this.#lines.push(text);
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= eagerBytes) return this.#write();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#write());
  }

  #full(): void {
    this.#end("limit");
    const message = `The recording of the scheduler has ended: it has reached ${this.#mostBytes} bytes. The next start begins another one.`;
    this.#options.log({ level: "warning", message });
  }

  #write(): void {
    this.#scheduled = false;
    const file = this.#file;
    if (file === undefined || this.#lines.length === 0) return;
    const text = this.#lines.join("");
    this.#writtenBytes += this.#waitingBytes;
    this.#waitingBytes = 0;
    this.#lines = [];
    this.#guarded(() => void writeSync(file, text));
  }

  #makeDurable(): void {
    if (this.#file === undefined) return;
    fdatasync(this.#file, (error) => {
      if (error !== null && this.#file !== undefined) this.#failed(error);
    });
  }

  #end(end: RecordingEnd): void {
    this.#write();
    const file = this.#file;
    this.#file = undefined;
    clearInterval(this.#sync);
    if (file === undefined) return;
    this.#guarded(() => {
      if (end !== "failed") writeSync(file, `${writeRecordingEnd(end)}\n`);
      closeSync(file);
    });
  }

  /** The scheduler goes on without a recording. */
  #guarded(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#options.log({ level: "error", message: "The scheduler is not recorded any more: its file cannot be written.", error });
    this.#end("failed");
  }
}

/** Names sort by time. */
function nameOf(at: Instant): string {
  return `${new Date(at).toISOString().replaceAll(/[-:.]/g, "")}-${process.pid}`;
}

/** Removes the oldest recordings until the others take no more than this. */
function makeRoom(folder: string, mostBytes: number): void {
  const newestFirst = readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .reverse();
  let bytes = 0;
  for (const name of newestFirst) {
    const path = join(folder, name);
    bytes += statSync(path).size;
    if (bytes > mostBytes) rmSync(path);
  }
}
