// `baton node list|describe|drain|cordon|uncordon|remove|top`: the machines and workers that run jobs.
import type { Node, NodeVerb } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatAmount, formatBytes } from "../output/amounts.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";
import type { Style } from "../output/style.ts";

const columns: readonly Column<Node>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "STATUS", of: (node, style) => paintStatus(node, style) },
  { title: "KIND", of: ({ kind }) => kind },
  { title: "POOL", of: ({ pool }) => pool ?? "default" },
  { title: "ZONE", of: ({ zone }) => zone ?? "default" },
  { title: "JOBS", of: ({ jobs }) => String(jobs.length) },
  { title: "GIVEN", of: ({ allocated, capacity }) => given(allocated, capacity) },
  { title: "SEEN", of: ({ seenAt }) => seenAt, wide: true },
  { title: "LABELS", of: ({ labels }) => pairs(labels), wide: true },
  { title: "WARNINGS", of: ({ warnings }) => warnings.map(({ code }) => code).join(", "), wide: true },
];

/** `baton node list`. */
export async function listNodes(context: Context): Promise<ExitCode> {
  const nodes = await clientOf(context.options).nodes.list();
  context.out(formatRows(nodes, columns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton node describe NAME`. */
export async function describeNode(context: Context, name: string): Promise<ExitCode> {
  context.out(formatThing(await clientOf(context.options).nodes.get(name), context.options.output ?? "yaml"));
  return exitCodes.done;
}

/** How long a drain is waited for. */
export interface DrainOptions {
  readonly wait?: boolean;
  readonly timeout?: number;
}

const pollMs = 500;

/** `baton node drain NAME...`; with --wait until their jobs have ended. */
export async function drainNodes(context: Context, names: readonly string[], { wait = false, timeout }: DrainOptions): Promise<ExitCode> {
  await commandNodes(context, "drain", names);
  if (!wait) return exitCodes.done;
  const { nodes } = clientOf(context.options);
  const until = timeout === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeout;
  for (const name of names) {
    for (let left = 1; left > 0;) {
      left = (await nodes.get(name)).jobs.length;
      if (left > 0 && (performance.now() > until || context.signal.aborted)) {
        context.say(`node ${name} still has ${left} ${left === 1 ? "job" : "jobs"}; it gets no more\n`);
        return context.signal.aborted ? exitCodes.interrupted : exitCodes.timedOut;
      }
      if (left > 0) await pause(context.signal, pollMs);
    }
    context.say(`node ${name} has no jobs any more\n`);
  }
  return exitCodes.done;
}

const done: { readonly [V in NodeVerb]: string } = {
  drain: "gets no more jobs; those that it has go on",
  cordon: "gets no more jobs",
  uncordon: "gets jobs again",
};

/** `baton node drain|cordon|uncordon NAME...`. */
export async function commandNodes(context: Context, verb: NodeVerb, names: readonly string[]): Promise<ExitCode> {
  const { nodes } = clientOf(context.options);
  for (const name of names) {
    const { status } = await nodes.command(name, verb);
    context.say(`node ${name} ${done[verb]} (${status})\n`);
  }
  return exitCodes.done;
}

/** `baton node remove NAME...`: for nodes that do not come back. */
export async function removeNodes(context: Context, names: readonly string[]): Promise<ExitCode> {
  const { nodes } = clientOf(context.options);
  for (const name of names) {
    await nodes.remove(name);
    context.say(`node ${name} is forgotten\n`);
  }
  return exitCodes.done;
}

const topColumns: readonly Column<Node>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "STATUS", of: (node, style) => paintStatus(node, style) },
  { title: "CPU", of: ({ load, capacity }) => share(load?.cpuMillis, capacity["cpu"]) },
  { title: "GIVEN", of: ({ allocated, capacity }) => share(allocated["cpu"], capacity["cpu"]) },
  { title: "MEMORY", of: ({ load, capacity }) => share(load?.memoryBytes, capacity["memory"]) },
  { title: "GIVEN", of: ({ allocated, capacity }) => share(allocated["memory"], capacity["memory"]) },
  { title: "DISK FREE", of: ({ load }) => (load?.diskFreeBytes === undefined ? "" : formatBytes(load.diskFreeBytes)) },
  { title: "PRESSURE", of: ({ load }) => pressure(load) },
  { title: "RUNNING", of: ({ load }) => (load === null ? "" : String(load.running)) },
];

/** How `node top` goes on. */
export interface TopOptions {
  readonly watch?: boolean;
}

const topMs = 2_000;
const clearScreen = "\u001B[H\u001B[2J";

/** `baton node top`: what is in use beside what was given; with --watch again and again. */
export async function topNodes(context: Context, { watch = false }: TopOptions): Promise<ExitCode> {
  const { nodes } = clientOf(context.options);
  const { output = "table" } = context.options;
  for (;;) {
    const shown = formatRows(busiestFirst(await nodes.list()), topColumns, output, context.outStyle, ({ name }) => name);
    context.out(watch && context.interactive && output === "table" ? clearScreen + shown : shown);
    if (!watch || context.signal.aborted) return exitCodes.done;
    await pause(context.signal, topMs);
    if (context.signal.aborted) return exitCodes.done;
  }
}

function busiestFirst(nodes: readonly Node[]): readonly Node[] {
  const busy = ({ load, capacity }: Node): number => (load === null ? -1 : load.cpuMillis / (capacity["cpu"] ?? Number.POSITIVE_INFINITY));
  return [...nodes].sort((a, b) => busy(b) - busy(a));
}

function pause(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener("abort", over);
  });
}

function paintStatus({ status, left, pressure: scarce }: Node, style: Style): string {
  if (left) return style.paint(`${status} (left)`, "yellow");
  if (status === "ready") return scarce === null ? style.paint(status, "green") : style.paint(`${status},${scarce}`, "yellow");
  return style.paint(status, status === "lost" ? "red" : "yellow");
}

function share(used: number | undefined, of: number | undefined): string {
  return of === undefined || of === 0 ? "" : `${Math.round(((used ?? 0) / of) * 100)}%`;
}

/** The highest of them: what work waits for most. */
function pressure(load: Node["load"]): string {
  if (load?.pressure === undefined) return "";
  const [most] = Object.entries(load.pressure).sort(([, a], [, b]) => b - a);
  return most === undefined ? "" : `${most[0]} ${Math.round(most[1])}%`;
}

type Amounts = Node["capacity"];

function given(allocated: Amounts, capacity: Amounts): string {
  const names = Object.keys(capacity).filter((name) => name !== "disk" || (allocated[name] ?? 0) > 0);
  return names
    .map((name) => `${name} ${formatAmount(name, allocated[name] ?? 0)} of ${formatAmount(name, capacity[name] ?? 0)}`)
    .join(", ");
}

function pairs(labels: Node["labels"]): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
