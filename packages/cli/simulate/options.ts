// The options of `baton simulate` and `baton simulate compare`, read from the command line into types. What is wrong
// with them is an exit code of 2 and a message that says what would be right.
import { nearest } from "@baton/core";
import { loadShapes, maxNodes, maxProcessors, objectives, policyKinds, traceFormats, type Service } from "@baton/simulator";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

/** Everything that can be said on the command line. */
export interface SimulateOptions {
  readonly trace?: string;
  readonly recording?: string;
  readonly format?: (typeof traceFormats)[number];
  readonly malformed: "stop" | "skip";
  readonly swfProcessors: "requested" | "allocated" | "either";
  readonly load?: (typeof loadShapes)[number];
  readonly jobs: number;
  readonly seed: number;
  readonly offered: number;
  /** Mean run time of generated jobs, in milliseconds. */
  readonly meanRun: number;
  readonly service?: Service;
  readonly sizes: "one" | "powers";
  readonly overestimate: number;
  readonly loadTenants: number;
  readonly habit: number;
  readonly deadlineSlack?: number;
  readonly priorities?: boolean;
  readonly processors?: number;
  readonly nodes?: number;
  readonly cluster?: string;
  readonly policy: string;
  readonly output: "table" | "json" | "csv";
  readonly html?: string;
  readonly plots?: string;
  readonly jobsOut?: string;
  readonly tenants: number;
  readonly measures?: string;
  readonly progress: boolean;
  readonly by: string;
  readonly baseline: string;
}

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: "simulate" | "compare"; readonly options: SimulateOptions }
  | { readonly kind: "exit"; readonly code: number };

const defaultPolicies = "fcfs,easy,default";
const tournamentPolicies = "easy,conservative,sjbf-reqtime,sjbf-avg2-reqtime,wfp3+easy,unicef+easy,f1+easy,default";

/** Reads the arguments after `baton simulate`. Help and usage errors are written at once. */
export function readOptions(argv: readonly string[], io: { out: (text: string) => void; err: (text: string) => void }): Invocation {
  let found: Invocation = { kind: "exit", code: 0 };
  const simulate = new Command("baton simulate").description(
    "Runs the scheduler on a virtual clock over a log, a history, a graph or a generated load.",
  );
  const compare = new Command("compare").description(
    "A tournament of policies: chosen on the first half of the load, checked on the second.",
  );
  for (const command of [simulate, compare]) {
    addSourceOptions(command);
    addMachineOptions(command);
    command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err, outputError: withHint }).allowExcessArguments(false);
    command.addHelpText("after", policyHelp).optionsGroup("Options:");
  }
  simulate.optionsGroup("Policies and results:").option("--policy <names>", "policies, joined by commas; see below", defaultPolicies);
  addResultOptions(simulate);
  addResultOptions(
    compare
      .optionsGroup("Policies and results:")
      .option("--policy <names>", "the policies that take part", tournamentPolicies)
      .addOption(
        choice(
          "--by <measure>",
          "what counts",
          objectives.map(({ name }) => name),
        ).default("slowdown"),
      )
      .option("--baseline <name>", "the policy to be beaten; it always takes part", "easy"),
  );
  simulate.action((options: SimulateOptions) => {
    found = { kind: "simulate", options };
  });
  compare.action(() => {
    found = { kind: "compare", options: compare.opts<SimulateOptions>() };
  });
  // An option that both know belongs to the command after which it stands.
  simulate.enablePositionalOptions().addCommand(compare);
  try {
    simulate.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: "exit", code: error.exitCode === 0 ? 0 : 2 };
  }
  return found;
}

/** A file that is named without its option is the mistake that is made most. */
function withHint(text: string, write: (text: string) => void): void {
  const isExcess = text.startsWith("error: too many arguments");
  write(isExcess ? `${text.trimEnd()} A log is named with --trace FILE; the only word is "compare", which comes first.\n` : text);
}

/** What stands below the options in the help. */
const policyHelp = [
  "",
  "A policy is words joined by +, at most one of each kind:",
  ...policyKinds.map(({ kind, words }) => `  ${kind}: ${words.join(" ")}`),
  "Parameters follow a colon: rr:100ms priority:2 expansion:84h drf:7d preempt:20",
  "",
  "Examples:",
  "  baton simulate --trace KTH-SP2.swf.gz --policy fcfs,easy,default",
  "  baton simulate --load heavy --sizes powers --policy easy,default --html report.html",
  "  baton simulate --load poisson --cluster cluster.yaml --policy easy+drf -o csv",
  "  baton simulate --recording recordings/20261224T180000000Z-1.recording.jsonl",
  "  baton simulate compare --trace KTH-SP2.swf.gz",
].join("\n");

/** A replay has its own jobs, cluster and policy. */
const notForReplays = ["trace", "load", "cluster", "nodes", "processors"];

function addSourceOptions(command: Command): void {
  command
    .optionsGroup("Where jobs come from:")
    .option(
      "--trace <file>",
      "log or graph, may be gzipped: SWF, Baton history or recording, WfFormat, STG or PSPLIB; or a folder or tar archive of graphs",
    )
    .addOption(
      new Option("--recording <file>", "replay what `baton up --record` has written; every decision must be the same").conflicts(
        notForReplays,
      ),
    )
    .addOption(choice("--format <name>", "the trace's format, where it is not recognised", traceFormats))
    .addOption(choice("--malformed <what>", "what to do about malformed lines", ["stop", "skip"]).default("stop"))
    .addOption(choice("--swf-processors <which>", "processors of a job in SWF", ["requested", "allocated", "either"]).default("requested"))
    .addOption(choice("--load <shape>", "generate jobs instead", loadShapes).conflicts("trace"))
    .optionsGroup("Generated loads:")
    .option("--jobs <n>", "generated jobs", whole, 10_000)
    .option("--seed <n>", "seed of the generated load", whole, 1)
    .option("--offered <share>", "share of the machine that the load needs", decimal, 0.8)
    .addOption(new Option("--mean-run <time>", "mean run time of generated jobs").argParser(duration).default(600_000, "10m"))
    .option("--service <name>", "exponential, deterministic, pareto:ALPHA or lognormal:SIGMA", service)
    .addOption(choice("--sizes <which>", "processors of generated jobs", ["one", "powers"]).default("one"))
    .option("--overestimate <factor>", "owners overstate run times by up to this factor", decimal, 1)
    .option("--load-tenants <n>", "tenants of the generated load", whole, 1)
    .option("--habit <n>", "so many successive jobs of a tenant are alike, in the mean", decimal, 1)
    .option("--deadline-slack <factor>", "deadlines: the requested time, and up to so many times more", decimal)
    .option("--priorities", "priorities from 0 to 100");
}

function addMachineOptions(command: Command): void {
  command
    .optionsGroup("What they run on:")
    .option("--processors <n>", "a plain machine of n processors (SWF: default from the header)", size(maxProcessors))
    .addOption(
      new Option("--nodes <n>", "n nodes of 16 cores and 64 GiB; for a log of processors, a machine of n")
        .argParser(size(maxNodes))
        .conflicts("processors"),
    )
    .addOption(new Option("--cluster <file>", "cluster description in YAML or JSON").conflicts(["processors", "nodes"]));
}

function addResultOptions(command: Command): void {
  command
    .addOption(choice("-o, --output <format>", "how results are written", ["table", "json", "csv"]).default("table"))
    .option("--html <file>", "write a report with plots")
    .option("--plots <folder>", "write each plot as an SVG file")
    .option("--jobs-out <file>", "write a CSV of every job: id, submit, start, end, wait, node")
    .option("--tenants <n>", "tenants shown in the table", whole, 8)
    .option("--measures <names>", "a table of these measures alone, one policy per line; names as in the CSV, or how they begin")
    .option("--no-progress", "no progress bar");
}

/** An option whose value is one of a closed set of words, which the help lists. */
function choice(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, `${description}: ${words.join(", ")}`).argParser(oneOf(words));
}

/** One of a closed set of words; a mistake names the nearest. */
function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    const meant = nearest(text, words);
    throw new InvalidArgumentError(meant ? `Did you mean "${meant}"?` : `There are ${words.join(", ")}.`);
  };
}

function whole(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) throw new InvalidArgumentError("It must be a whole number from 0.");
  return Number(text);
}

/** How large a machine is, or how many nodes there are. */
function size(largest: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > largest) throw new InvalidArgumentError(`It must be a whole number from 1 to ${largest}.`);
    return value;
  };
}

function decimal(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}

const units: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be a number with a unit: "500ms", "30s", "10m", "2h", "1d".');
  return Number(match[1]) * (units[match[2] as string] as number);
}

function service(text: string): Service {
  const [kind = "", parameter] = text.split(":", 2);
  if (parameter === undefined && (kind === "exponential" || kind === "deterministic")) return { kind };
  if (kind === "pareto") return { kind, alpha: decimal(parameter ?? "1.5") };
  if (kind === "lognormal") return { kind, sigma: decimal(parameter ?? "1") };
  const meant = nearest(kind, ["exponential", "deterministic", "pareto", "lognormal"]);
  throw new InvalidArgumentError(
    meant ? `Did you mean "${meant}"?` : "There are exponential, deterministic, pareto:ALPHA and lognormal:SIGMA.",
  );
}
