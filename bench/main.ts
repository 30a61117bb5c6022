// `npm run bench [-- NAME...]`: runs these benchmarks, or all that need no installation, and prints their figures.
// `--help` lists them; `--waiting=N` is how many waiting runs the benchmark `language` measures the memory of.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nearest } from "@baton/core";

interface Benchmark {
  readonly about: string;
  /** Installs packages of its own, so it runs only where it is named. */
  readonly installs?: boolean;
  readonly run: () => Promise<unknown>;
}

const waiting = process.argv
  .slice(2)
  .map(waitingOf)
  .find((count) => count !== undefined);

const benchmarks: { readonly [name: string]: Benchmark } = {
  engine: {
    about: "runs through the whole runtime on SQLite",
    run: async () => (await import("./engine.ts")).benchEngine(),
  },
  jobs: {
    about: "jobs end to end: through the stream, a worker and the scheduler on SQLite; nodes, placements, real processes",
    run: async () => (await import("./jobs.ts")).benchJobs(),
  },
  language: {
    about: "what events, schedules and the size of the language cost",
    run: async () => {
      (await import("./compile.ts")).benchCompile();
      await (await import("./engine.ts")).benchLongRuns(25_000);
      await (await import("./language.ts")).benchLanguage(waiting);
    },
  },
  decide: {
    about: "what a decision costs, without store and executors",
    run: async () => (await import("./decide.ts")).benchDecide(),
  },
  expr: {
    about: "expressions next to jqjs and jq-web",
    run: async () => (await import("./expr.ts")).benchExpr(),
  },
  start: {
    about: "how long the command and the server take to be there, and what an idle server needs",
    run: async () => (await import("./start.ts")).benchStart(),
  },
  scheduler: {
    about: "decisions and explanations on large clusters, and simulated jobs per second",
    run: async () => {
      (await import("./scheduler.ts")).benchScheduler();
      // In a process of its own, as `baton simulate` is one.
      execFileSync(process.execPath, [fileURLToPath(new URL("simulator.ts", import.meta.url))], { stdio: "inherit" });
    },
  },
  simulator: {
    about: "the simulator on a public log and on generated load",
    run: async () => (await import("./simulator.ts")).benchSimulator(),
  },
  queues: {
    about: "jobs next to BullMQ on Redis, pg-boss and graphile-worker on PostgreSQL, and Slurm (what is not installed is left out)",
    installs: true,
    run: async () => {
      await (await import("./peer-queues.ts")).benchPeerQueues();
      await (await import("./peer-slurm.ts")).benchPeerSlurm();
    },
  },
  processes: {
    about: "real processes per second, limited and watched",
    run: async () => (await import("./processes.ts")).benchProcesses(),
  },
  peers: {
    about: "the same work on Restate next to ours (installs bench/peers)",
    installs: true,
    run: async () => (await import("./peers.ts")).benchPeers(),
  },
};

const names = process.argv.slice(2).filter((argument) => waitingOf(argument) === undefined);
const unknown = names.find((name) => !Object.hasOwn(benchmarks, name));

if (unknown === undefined) {
  const standard = Object.keys(benchmarks).filter((name) => !benchmarks[name]?.installs);
  for (const name of names.length > 0 ? names : standard) {
    console.log(`\n${name}: ${benchmarks[name]?.about}`);
    await benchmarks[name]?.run();
  }
} else {
  const list = Object.entries(benchmarks).map(([own, { about }]) => `  ${own.padEnd(10)} ${about}`);
  const usage = ["usage: npm run bench [-- NAME... [--waiting=N]]", "", ...list].join("\n");
  if (unknown === "--help") {
    console.log(usage);
  } else {
    const meant = nearest(unknown, Object.keys(benchmarks));
    console.error(`bench: there is no benchmark called ${unknown}.${meant === undefined ? "" : ` Did you mean ${meant}?`}\n${usage}`);
    process.exitCode = 2;
  }
}

/** The number of `--waiting=N`. */
function waitingOf(argument: string): number | undefined {
  const count = /^--waiting=(\d+)$/.exec(argument)?.[1];
  return count === undefined ? undefined : Number(count);
}
