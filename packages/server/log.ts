// Structured logs: one record per event, as one line of JSON. Records never carry payloads, tokens or secrets.
import { BatonError } from "@baton/core";

const levels = ["debug", "info", "warning", "error"] as const;

/** How important a record is. */
export type LogLevel = (typeof levels)[number];

/** One event. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly [field: string]: string | number | boolean | undefined;
}

/** Takes one record. */
export type LogWriter = (record: LogRecord) => void;

/** A writer that lets only records of that level and above through. */
export function atLeast(level: LogLevel, write: LogWriter): LogWriter {
  const least = levels.indexOf(level);
  return (record) => {
    if (levels.indexOf(record.level) >= least) write(record);
  };
}

/** Writes records to stderr. */
export const writeToStderr: LogWriter = (record) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...record })}\n`);
};

/** What a record says of an error: its code where it has one, and the stack where it is a bug. */
export function errorFields(error: unknown): { readonly [field: string]: string | undefined } {
  if (error instanceof BatonError) return { code: error.code, error: error.message, where: error.where };
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
