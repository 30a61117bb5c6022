// Colour and symbols, only where a person looks at a terminal.
import type { Status } from "@baton/engine";

export interface Style {
  readonly color: boolean;
  /** How many columns lines may have; absent: nobody looks at them on a terminal. */
  readonly columns?: number;
  paint(text: string, color: Color): string;
}

type Color = "red" | "green" | "yellow" | "blue" | "dim" | "bold";

const codes: { readonly [K in Color]: string } = { red: "31", green: "32", yellow: "33", blue: "36", dim: "2", bold: "1" };

/** A style that paints, or one that leaves text as it is. */
export function styleFor(color: boolean, columns?: number): Style {
  const paint: Style["paint"] = (text, name) => (color ? `\u001b[${codes[name]}m${text}\u001b[0m` : text);
  return { color, paint, ...(columns !== undefined && { columns }) };
}

/** Colour is wanted on a terminal, unless NO_COLOR is set to anything (no-color.org). */
export function wantsColor(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment["NO_COLOR"];
}

const looks: { readonly [K in Status]: { readonly symbol: string; readonly color: Color } } = {
  pending: { symbol: "·", color: "dim" },
  running: { symbol: "▶", color: "blue" },
  waiting: { symbol: "…", color: "yellow" },
  suspended: { symbol: "‖", color: "yellow" },
  completed: { symbol: "✔", color: "green" },
  faulted: { symbol: "✘", color: "red" },
  cancelled: { symbol: "⊘", color: "dim" },
};

/** A status as a symbol in its colour. */
export function statusSymbol(status: Status, style: Style): string {
  const { symbol, color } = looks[status];
  return style.paint(symbol, color);
}

/** A status as a word in its colour. */
export function statusWord(status: Status, style: Style): string {
  return style.paint(status, looks[status].color);
}

/** A span for people: three digits or so, the unit that fits. */
export function formatSpan(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
