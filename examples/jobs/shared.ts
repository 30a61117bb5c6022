// What the programs of the examples have in common: the folder that the jobs of a graph share, and files in it that appear
// whole or not at all, so that a job may be killed at any moment and run again.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes a file of the common folder. */
export function writeShared(name: string, value: unknown): void {
  const path = join(setting("WORK"), name);
  const unfinished = `${path}.${setting("BATON_JOB")}.${setting("BATON_ATTEMPT")}`;
  writeFileSync(unfinished, JSON.stringify(value));
  renameSync(unfinished, path);
}

/** Reads a file of the common folder. */
export function readShared(name: string): unknown {
  return JSON.parse(readFileSync(join(setting("WORK"), name), "utf8"));
}

/** A variable that the job was submitted with, or that every job has. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`There is no variable ${name}: this program is run as a job.`);
  return value;
}
