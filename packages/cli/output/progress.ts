// Progress of a run as it happens: a tree that is redrawn on a terminal, a line per change everywhere else.
import type { RunView, StepView } from "@baton/engine";
import { formatSpan, statusSymbol, type Style } from "./style.ts";
import { enclosingSteps, harmless, renderTree } from "./tree.ts";

/** Shows a run while it goes on. */
export interface Progress {
  update(run: RunView): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

export interface Screen {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

const redrawMs = 100;
// Of a terminal that does not tell its size, or says zero.
const defaultColumns = 80;
const defaultRows = 24;

/** The most lines that are left on the screen at the end. */
const maxLastLines = 1000;

/** Redraws the tree in place, at most ten times a second: its title and as many of the last lines as fit the screen. */
export function treeProgress(screen: Screen, style: Style): Progress {
  let latest: RunView | undefined;
  let drawn = 0;
  const draw = (last = false): void => {
    if (!latest) return;
    const lines = renderTree(latest, Date.now(), style);
    // What stays may wrap; what is drawn over later has to be one row for each line.
    const visible = last
      ? shorten(lines, maxLastLines, style)
      : shorten(lines, (screen.rows || defaultRows) - 1, style).map((line) => fit(line, screen.columns || defaultColumns));
    const up = drawn > 0 ? `\u001b[${drawn}A` : "";
    screen.write(`${up}${visible.map((line) => `\u001b[2K${line}\n`).join("")}\u001b[0J`);
    drawn = visible.length;
  };
  const timer = setInterval(() => draw(), redrawMs);
  return {
    update: (run) => {
      latest = run;
    },
    end: () => {
      clearInterval(timer);
      draw(true);
    },
  };
}

/** The first line, how many are left out, and the last ones. */
function shorten(lines: readonly string[], rows: number, style: Style): readonly string[] {
  if (lines.length <= rows) return lines;
  const last = Math.max(1, rows - 2);
  return [...lines.slice(0, 1), style.paint(`  … ${lines.length - 1 - last} lines above`, "dim"), ...lines.slice(-last)];
}

/** Cuts a line to the screen's width; colour codes take no room, and the characters of some scripts two columns. */
function fit(line: string, columns: number): string {
  let width = 0;
  let cut = "";
  for (const [piece] of line.matchAll(/\u001b\[[\d;]*m|./gsu)) {
    if (!piece.startsWith("\u001b")) width += columnsOf(piece);
    if (width > columns - 1) return `${cut}…\u001b[0m`;
    cut += piece;
  }
  return cut;
}

const doubleWidth =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\u30fc\uff01-\uff60]/u;

function columnsOf(character: string): number {
  if (/\p{Mark}/u.test(character)) return 0;
  return doubleWidth.test(character) ? 2 : 1;
}

/** A line for every step that starts, waits or ends. */
export function lineProgress(write: (text: string) => void, style: Style): Progress {
  const shown = new Map<number, string>();
  return {
    update: (run) => {
      const start = Date.parse(run.startedAt);
      for (const i of tellingOrder(run.steps)) {
        const step = run.steps[i] as StepView;
        const key = `${step.status} ${step.waiting?.until ?? ""}`;
        const before = shown.get(i);
        if (before === key) continue;
        shown.set(i, key);
        const changedAt = step.endedAt ?? (before === undefined ? step.startedAt : new Date().toISOString());
        write(`${progressLine(step, Date.parse(changedAt) - start, style)}\n`);
      }
    },
    end: () => {},
  };
}

/** The steps' indexes in the order in which they began, but what is over, or waits for a retry, comes after all that is part of it. */
function tellingOrder(steps: readonly StepView[]): number[] {
  const enclosing = enclosingSteps(steps);
  const place = steps.map((_, index) => index);
  for (let i = steps.length - 1; i >= 0; i--) {
    const above = enclosing[i] ?? -1;
    if (above >= 0 && steps[above]?.status !== "running") place[above] = Math.max(place[above] as number, place[i] as number);
  }
  // Two share a place only where one is part of the other: then the later one, the part, comes first.
  return steps.map((_, index) => index).toSorted((a, b) => (place[a] as number) - (place[b] as number) || b - a);
}

function progressLine(step: StepView, at: number, style: Style): string {
  const attempt = step.attempt > 1 ? ` (attempt ${step.attempt})` : "";
  const waiting = step.waiting?.until ? ` until ${step.waiting.until}` : "";
  const error = step.error ? harmless(`: ${step.error.status} ${step.error.title ?? step.error.type}`) : "";
  const time = style.paint(`+${formatSpan(at)}`.padStart(9), "dim");
  return `${time} ${statusSymbol(step.status, style)} ${step.reference} ${step.status}${waiting}${attempt}${error}`;
}
