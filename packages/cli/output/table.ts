// Rows for people (columns aligned, nothing drawn around them) and for programs (JSON, YAML, ids).
import { stripVTControlCharacters } from "node:util";
import { stringify } from "yaml";
import type { Style } from "./style.ts";

export const outputFormats = ["table", "wide", "json", "jsonl", "yaml", "ids"] as const;

/** How a list or a thing is printed. */
export type OutputFormat = (typeof outputFormats)[number];

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T, style: Style) => string;
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
}

const gap = "  ";

/** Prints rows in a format; `id` gives what `-o ids` prints. */
export function formatRows<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  format: OutputFormat,
  style: Style,
  id: (row: T) => string,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(rows, null, 2)}\n`;
    case "jsonl":
      return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    case "yaml":
      return stringify(rows);
    case "ids":
      return rows.map((row) => `${id(row)}\n`).join("");
    case "table":
    case "wide":
      return alignRows(
        rows,
        columns.filter((column) => format === "wide" || !column.wide),
        style,
        format === "wide" ? undefined : style.columns,
      );
  }
}

function alignRows<T>(rows: readonly T[], columns: readonly Column<T>[], style: Style, most = Number.POSITIVE_INFINITY): string {
  const cells = [
    columns.map((column) => style.paint(column.title, "bold")),
    ...rows.map((row) => columns.map((column) => column.of(row, style))),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => visibleWidth(line[i] as string))));
  const pad = (cell: string, i: number): string => cell + " ".repeat((widths[i] as number) - visibleWidth(cell));
  return cells.map((line) => `${cutTo(line.map(pad).join(gap).trimEnd(), most)}\n`).join("");
}

/** A line that fits the terminal: `-o wide` shows what was cut off. Codes of colour take no room. */
function cutTo(line: string, most: number): string {
  if (visibleWidth(line) <= most) return line;
  let left = most - 1;
  const parts = line.split(/(\u001b\[\d+m)/).map((part) => {
    if (part.startsWith("\u001b")) return part;
    const kept = Array.from(part).slice(0, left);
    left -= kept.length;
    return kept.join("");
  });
  return `${parts.join("")}…`;
}

function visibleWidth(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}

/** Prints one thing: JSON unless YAML was asked for. */
export function formatThing(thing: unknown, format: OutputFormat): string {
  if (format === "yaml") return stringify(thing);
  return `${JSON.stringify(thing, null, format === "jsonl" ? 0 : 2)}\n`;
}
