// Reads what a simulation is given from files: unpacks them, tells their format, and hands the text to the simulator's
// readers. Everything that is wrong comes back as problems with their place.
import { isUtf8 } from "node:buffer";
import { basename } from "node:path";
import { err, ok, parseJson, type Result } from "@baton/core";
import {
  detectFormat,
  detectionLength,
  generateLoad,
  problem,
  processorsOf,
  readCluster,
  readHistory,
  readPsplib,
  readStg,
  readSwf,
  readWfFormat,
  recordingHistory,
  type Cluster,
  type Problem,
  type Source,
  type TaskGraph,
  type TraceFormat,
} from "@baton/simulator";
import { isTar, type NamedFile } from "./archive.ts";
import { readBytes } from "./files.ts";
import { contentOf, parsePlaced, placeAt } from "../places.ts";
import type { SimulateOptions } from "./options.ts";

/** The source that the options name; a generated load is made for the cluster, where there is one. */
export function readSource(options: SimulateOptions, cluster: Cluster | undefined): Result<Source, readonly Problem[]> {
  const { trace } = options;
  if (trace !== undefined) return readTrace({ name: basename(trace), bytes: () => readBytes(trace) }, options);
  if (options.load === undefined) {
    const next = "Pass --trace FILE or --load poisson|heavy|diurnal.";
    return err([problem("simulation-invalid", "the options", "There is nothing to simulate.", next)]);
  }
  const size = cluster ? processorsOf(cluster) : undefined;
  const processors = size?.total ?? options.processors ?? defaultProcessors;
  const workload = generateLoad({
    shape: options.load,
    seed: options.seed,
    jobs: options.jobs,
    offered: options.offered,
    processors,
    meanRun: options.meanRun,
    sizes: options.sizes,
    overestimate: options.overestimate,
    tenants: options.loadTenants,
    habit: options.habit,
    ...(options.deadlineSlack === undefined ? {} : { deadlineSlack: options.deadlineSlack }),
    priorities: options.priorities ?? false,
    ...(size ? { largestJob: size.largestNode } : {}),
    ...(options.service ? { service: options.service } : {}),
  });
  if (workload.ok) return ok({ kind: "load", workload: workload.value, processors });
  return err(workload.error.map((one) => ({ ...one, where: loadOptions[one.where] ?? one.where })));
}

/** The options that give the numbers of a load. */
const loadOptions: { readonly [field: string]: string } = {
  jobs: "--jobs",
  seed: "--seed",
  offered: "--offered",
  processors: "--processors",
  meanRun: "--mean-run (in milliseconds)",
  overestimate: "--overestimate",
  tenants: "--load-tenants",
  habit: "--habit",
  deadlineSlack: "--deadline-slack",
  alpha: "--service pareto:ALPHA",
  sigma: "--service lognormal:SIGMA",
};

/** The machine of a generated load where none is named. */
const defaultProcessors = 64;

/** Reads a cluster description in YAML, of which JSON is a part; mistakes are named with line and column. */
export function readClusterFile(path: string): Result<Cluster, readonly Problem[]> {
  const name = basename(path);
  const bytes = readBytes(path);
  if (!isUtf8(bytes)) return err([problem("cluster-invalid", name, "The file is not text in UTF-8.", "Name a file in YAML or JSON.")]);
  const text = bytes.toString("utf8");
  if (text.trim() === "") return err([problem("cluster-invalid", name, "The file is empty.", "docs/guide/simulate.md has an example.")]);
  const placed = parsePlaced(text);
  const { document } = placed;
  const mistakes = document.errors.map((error) => {
    const place = error.linePos?.[0];
    const message = error.message.split("\n")[0]?.replace(/ at line \d+, column \d+:$/, "") ?? "";
    return problem("cluster-invalid", place ? `${name}: line ${place.line}, column ${place.col}` : name, `${message.replace(/\.$/, "")}.`);
  });
  if (mistakes.length > 0) return err(mistakes);
  const content = contentOf(document);
  if (!content.ok) return err([problem("cluster-invalid", name, content.error)]);
  const cluster = readCluster(content.value, name);
  if (cluster.ok) return cluster;
  return err(
    cluster.error.map((one) => {
      const pointer = one.where.slice(`${name}: `.length);
      return pointer.startsWith("/") ? { ...one, where: `${name}: ${placeAt(placed, pointer)}: ${pointer}` } : one;
    }),
  );
}

/** One trace, whatever its format. */
export function readTrace({ name, bytes: read }: NamedFile, options: SimulateOptions): Result<Source, readonly Problem[]> {
  const bytes = read();
  if (bytes.length === 0) return err([problem("trace-empty", name, "The file is empty.", "Name a file that has jobs.")]);
  if (isTar(bytes))
    return err([problem("trace-format-unknown", name, "This is an archive.", "Let its name end in .tar or .tar.gz, or unpack it.")]);
  const format = options.format ?? detectFormat(bytes.toString("utf8", 0, detectionLength));
  if (!format) return err([problem("trace-format-unknown", name, "The beginning of the file fits none of the formats.")]);
  if (format === "swf") return readLog(bytes, name, options);
  if (format === "history" || format === "recording") {
    const lines = linesOf(bytes);
    const history = format === "history" ? readHistory(lines, name, options.malformed) : recordingHistory(lines, name);
    return history.ok ? ok({ kind: "history", history: history.value, name }) : history;
  }
  const graph = readGraph(format, bytes.toString("utf8"), name);
  return graph.ok ? ok({ kind: "graph", graph: graph.value }) : graph;
}

function readLog(bytes: Buffer, name: string, options: SimulateOptions): Result<Source, readonly Problem[]> {
  // Where a cluster is described, it says what is too large, and the log's own machine does not matter.
  const machine = options.processors ?? options.nodes ?? (options.cluster === undefined ? undefined : Infinity);
  const log = readSwf(piecesOf(bytes), {
    name,
    onMalformed: options.malformed,
    processors: options.swfProcessors,
    ...(machine === undefined ? {} : { machine }),
  });
  return log.ok ? ok({ kind: "swf", log: log.value }) : log;
}

function readGraph(
  format: Exclude<TraceFormat, "swf" | "history" | "recording">,
  text: string,
  name: string,
): Result<TaskGraph, readonly Problem[]> {
  if (format === "stg") return readStg(text, name);
  if (format === "psplib") return readPsplib(text, name);
  const document = parseJson(text);
  return document.ok
    ? readWfFormat(document.value, name)
    : err([problem("trace-malformed", name, `The file is not JSON: ${document.error}.`)]);
}

const pieceSize = 1 << 20;

/** A log as text, a piece at a time: it may be longer than the longest string. Logs are ASCII but for comments. */
function* piecesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length; from += pieceSize) yield bytes.toString("latin1", from, from + pieceSize);
}

/** The lines of a file, without their ends. */
export function* linesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    yield bytes.toString("utf8", from, end);
    from = end + 1;
  }
}
