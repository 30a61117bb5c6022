// What every executor of jobs promises (port.ts), written once and run on each of them. It knows no test framework: the
// caller gives the function that registers a test.
import { adoption } from "./adoption.ts";
import { endings } from "./endings.ts";
import { holding } from "./holding.ts";
import { limits } from "./limits.ts";
import { output } from "./output.ts";
import { starting } from "./starting.ts";
import { Bench, type Subject } from "./subject.ts";

/** Registers all tests of the contract; what it gives ends what they left, and is to be called after the last. */
export function jobExecutorContract(subject: Subject): () => Promise<void> {
  const bench = new Bench(subject);
  for (const part of [starting, endings, limits, holding, output, adoption]) part(subject, bench);
  return () => bench.clear();
}
