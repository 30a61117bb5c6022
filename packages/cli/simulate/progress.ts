// The progress bar: one line on standard error, redrawn at most ten times a second, gone when the work is done.

/** Draws how far a piece of work is. */
export interface Progress {
  readonly show: (label: string, done: number, total: number) => void;
  readonly clear: () => void;
}

const redrawMs = 100;
const barWidth = 30;

/** A bar on a terminal; elsewhere nothing is drawn. */
export function progressBar(write: (text: string) => void, isTty: boolean, columns: number): Progress {
  if (!isTty) return { show: () => {}, clear: () => {} };
  let drawnAt = 0;
  let drawn = false;
  return {
    show: (label, done, total) => {
      const now = performance.now();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      drawn = true;
      const share = total > 0 ? done / total : 1;
      const full = Math.round(share * barWidth);
      const line = `${"█".repeat(full)}${"░".repeat(barWidth - full)} ${String(Math.floor(share * 100)).padStart(3)} %  ${label}`;
      write(`\r\u001b[2K${line.slice(0, columns - 1)}`);
    },
    clear: () => {
      if (drawn) write("\r\u001b[2K");
      drawn = false;
    },
  };
}
