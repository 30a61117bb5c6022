// What reading a document costs: parsed and compiled, with the place of everything kept for messages.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileWorkflow } from "@baton/dsl";
import { median, verdict } from "./measure.ts";

const own = fileURLToPath(new URL("../examples", import.meta.url));
const specification = fileURLToPath(new URL("../../shared/spec/examples", import.meta.url));
const rounds = 200;
const longestMs = 0.5;

/** Measures, and prints a line per set of documents. */
export function benchCompile(): void {
  report("our examples", documentsIn(own));
  if (existsSync(specification)) report("the specification's examples", documentsIn(specification));
  else console.log("language: the specification's examples are not there (needs ../shared/spec/examples)");
}

function documentsIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".yaml"));
  return names.map((name) => readFileSync(join(folder, name), "utf8")).filter((text) => compileWorkflow(text).ok);
}

/** The middle document of a set is the typical one; the longest is told besides. */
function report(what: string, documents: readonly string[]): void {
  const times = documents.map((text) => ({ bytes: text.length, ms: timeOf(text) }));
  const typical = median(times.map(({ ms }) => ms));
  const [largest] = [...times].sort((a, b) => b.bytes - a.bytes);
  const rest = largest === undefined ? "" : `; the largest, of ${largest.bytes} bytes, ${largest.ms.toFixed(2)} ms`;
  const line = `parse and compile, ${what}: ${typical.toFixed(2)} ms for the typical one of ${documents.length} ${verdict(typical, { atMost: longestMs })}`;
  console.log(`language: ${line}${rest}`);
}

function timeOf(text: string): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    compileWorkflow(text);
    times.push(performance.now() - started);
  }
  return median(times.slice(rounds / 2));
}
