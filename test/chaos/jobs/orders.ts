// What is submitted: commands that succeed, that fail at first, that wait for others, that are cancelled, and calls of a
// function. Every attempt writes into the file of its job when it begins and when it ends, so that effects are counted by
// nobody that is killed.
import type { Json } from "@baton/core";

/** What becomes of an order's jobs. */
export type OrderKind = "plain" | "failing-first" | "chain" | "cancelled" | "function";

/** One submission. */
export interface Order {
  readonly n: number;
  readonly kind: OrderKind;
  /** The names of its jobs, in the order in which they may run. */
  readonly names: readonly string[];
  readonly submission: Json;
}

/** What a command asks of the processor. */
export const commandCpuMillis = 250;

/** The function that the worker has: it answers `{ value: 2 * n, attempt }`. */
export const functionName = "chaos-double";

/** The label by which joined nodes are told apart; the node inside the server has none. */
export const nodeLabel = "chaos-node";

/** The variable that names the file of a job; by it the processes of a loop are told from all others. */
export const fileVariable = "CHAOS_FILE";

const kinds: readonly OrderKind[] = ["plain", "function", "plain", "chain", "plain", "failing-first", "function", "cancelled"];
/** Where orders would rather run, one after the other: the fullest node that has room is not to have all. */
const wishes: readonly Json[] = [
  { key: nodeLabel, operator: "absent" },
  { key: nodeLabel, values: ["joined-1"] },
  { key: nodeLabel, values: ["joined-2"] },
];
const retries = { failed: 90, lost: 90, delay: "20ms" };

/** The order with a number: the same one whenever it is asked for. */
export function orderOf(n: number, folder: string): Order {
  const kind = kinds[n % kinds.length] as OrderKind;
  const name = `order-${n}`;
  const constraints = { prefer: [wishes[n % wishes.length] as Json] };
  if (kind === "chain") {
    const names = [0, 1, 2].map((i) => `${name}-${i}`);
    const jobs = names.map((each, i) => ({ ...command(each, folder, 0.05), constraints, after: names.slice(Math.max(0, i - 1), i) }));
    return { n, kind, names, submission: { jobs } };
  }
  if (kind === "function") {
    const payload = { n, file: `${folder}/${name}`, pauseMs: (n * 37) % 200 };
    return { n, kind, names: [name], submission: { name, function: functionName, payload, retries } };
  }
  const seconds = kind === "cancelled" ? 1_000 : ((n * 53) % 300) / 1_000;
  return { n, kind, names: [name], submission: { ...command(name, folder, seconds, kind === "failing-first"), constraints } };
}

function command(name: string, folder: string, seconds: number, isFailingFirst = false): { readonly [field: string]: Json } {
  const note = (what: string): string => `at=$(date +%s%N)\necho "${what} $BATON_JOB $BATON_ATTEMPT $at $HOME" >> "$${fileVariable}"`;
  const fail = isFailingFirst ? 'if [ "$BATON_ATTEMPT" = 1 ]; then exit 3; fi' : ":";
  const lines = ["set -e", note("start"), `sleep ${seconds}`, fail, note("end"), 'echo "result $BATON_ATTEMPT"'];
  return {
    name,
    command: ["sh", "-c", lines.join("\n")],
    environment: { [fileVariable]: `${folder}/${name}` },
    resources: { cpu: `${commandCpuMillis}m` },
    retries,
  };
}
