// How much garbage the process of a server keeps.
import { setFlagsFromString } from "node:v8";

/** How far beyond what was alive at the last collection the heap may grow before the next one, in percent. */
const growthPercent = 30;

/**
 * Keeps the heap of this process near what is alive. Left alone V8 lets it grow to several times that while it is busy, and
 * hands little of it back. For programs that are a server as a whole, not for those that only hold one.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
