// Interrupts, as a terminal and the launchers between it and this process deliver them: one Ctrl-C may arrive several
// times at once, from the terminal and passed on by each launcher. What comes within a moment is one interrupt; a later
// one is from somebody who does not want to wait any longer.
import { exitCodes } from "./exit-codes.ts";

/** Signals that come closer together than this are one interrupt. */
const sameInterruptMs = 500;

/** Calls `first` at the first interrupt; a second one ends the process at once. */
export function onInterrupt(first: () => void): void {
  let firstAt: number | undefined;
  const interrupted = (): void => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      first();
    } else if (now - firstAt > sameInterruptMs) process.exit(exitCodes.interrupted);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupted);
}
