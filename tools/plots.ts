// `npm run plots`: makes the plots of the guide with `baton simulate`. The same bytes come out every time; with `--check` nothing
// is written, and what differs from the committed files is named.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface PlotSet {
  /** The arguments of `baton simulate`, as one writes them, without `--plots`. */
  readonly command: string;
  /** Which of its plots are kept, and under which names. */
  readonly files: { readonly [plot: string]: string };
}

const root = fileURLToPath(new URL("..", import.meta.url));
const plots = join(root, "docs/guide/plots");
const baton = join(root, "packages/cli/bin/baton.mjs");

const day = "--load diurnal --service lognormal:2 --jobs 5000 --processors 128 --sizes powers --overestimate 5 --load-tenants 8";
const alike = `${day} --habit 10`;

/** Everything that the guide shows. */
const plotSets: readonly PlotSet[] = [
  {
    command: `${day} --policy fcfs,easy,sjf+easy,default`,
    files: {
      utilisation: "utilisation",
      waits: "waits",
      fairness: "fairness",
      "gantt-fcfs": "gantt-fcfs",
      "gantt-easy": "gantt-easy",
    },
  },
  {
    command: `${day} --policy fcfs+easy,sjf+easy,wfp3+easy,unicef+easy,f1+easy,expansion+easy`,
    files: { waits: "orders-waits" },
  },
  { command: `${day} --policy fcfs,easy,conservative,sjbf-reqtime,sjbf-clairvoyant`, files: { waits: "backfill-waits" } },
  {
    command: `--load poisson --jobs 5000 --offered 0.95 --sizes powers --load-tenants 3 --cluster examples/scheduling/three-tenants.yaml --policy fcfs,fcfs+drf,fcfs+weighted-fair`,
    files: { fairness: "fairness-queues" },
  },
  {
    command: `--trace examples/scheduling/seven-jobs.swf --policy fcfs,easy,conservative,sjf`,
    files: {
      "gantt-fcfs": "seven-fcfs",
      "gantt-easy": "seven-easy",
      "gantt-conservative": "seven-conservative",
      "gantt-sjf": "seven-sjf",
    },
  },
  {
    command: `${alike} --policy sjf+easy+limit,sjf+easy+mean-of-two,sjf+easy+max-of-three,sjf+easy+quantile,sjf+easy+regression,sjf+easy+best`,
    files: { waits: "learners-waits" },
  },
];

/** The plots by the names of their files, as text. */
export function makePlots(): Map<string, string> {
  const made = new Map<string, string>();
  for (const { command, files } of plotSets) {
    const folder = mkdtempSync(join(tmpdir(), "baton-plots-"));
    try {
      const args = [baton, "simulate", ...command.split(" "), "--plots", folder];
      execFileSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
      for (const [plot, file] of Object.entries(files)) made.set(`${file}.svg`, readFileSync(join(folder, `${plot}.svg`), "utf8"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return made;
}

/** The committed plots that are not what the commands make. */
export function stalePlots(made: ReadonlyMap<string, string>): string[] {
  return [...made].flatMap(([file, svg]) => (readFileSync(join(plots, file), "utf8") === svg ? [] : [file]));
}

if (import.meta.main) {
  const made = makePlots();
  if (process.argv.includes("--check")) {
    const stale = stalePlots(made);
    for (const file of stale) console.log(`${file} is not what its command makes; run: npm run plots`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else for (const [file, svg] of made) writeFileSync(join(plots, file), svg);
}
