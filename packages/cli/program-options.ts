// What the commands' descriptions have in common.
import { InvalidArgumentError, Option, type Command } from "commander";
import { parseDuration, readAmount } from "@baton/core";
import type { Context } from "./context.ts";
import { outputFormats } from "./output/table.ts";

/** What a command does, with its options and arguments; gives its exit code: one of ours, or that of a program that it ran. */
export type Run<T> = (context: Context, options: T, ...names: never[]) => Promise<number>;

/** Joins a command to what it does. */
export type Does = <T extends object>(command: Command, run: Run<T>) => void;

/** Gives a command the option that says how it prints. */
export function printing(command: Command, formats: readonly string[] = outputFormats): Command {
  return command.addOption(new Option("-o, --output <format>", "how to print what is asked for").choices([...formats]));
}

/** Gathers an option that is given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** How many of a list. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000) throw new InvalidArgumentError("Write a number from 1 to 1000.");
  return count;
}

/** A version, counted from 1. */
export function parseVersion(text: string): number {
  const version = Number(text);
  if (!Number.isSafeInteger(version) || version < 1) throw new InvalidArgumentError("Write a version, a number from 1 on.");
  return version;
}

/** A whole number; what takes it says how large it may be. */
export function parseWhole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

/** How many of a thing in a second. */
export function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0)) throw new InvalidArgumentError("Write a number of runs in a second.");
  return rate;
}

/** A time to wait: ISO 8601 (PT30S) or a number with a unit (30s, 500ms, 2m, 1h). */
export function parseTimeout(text: string): number {
  const short = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (short) return Number(short[1]) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[short[2] as string] as number);
  const parsed = parseDuration(text);
  if (!parsed.ok || parsed.value.months > 0) throw new InvalidArgumentError("Write a time such as 30s, 2m or PT30S.");
  return parsed.value.ms;
}

/** A number of bytes, with a unit: 500M, 1Gi. */
export function parseSize(text: string): number {
  const size = readAmount("disk", text);
  if (!size.ok || size.value === 0) throw new InvalidArgumentError("Write a size such as 500M or 1Gi.");
  return size.value;
}
