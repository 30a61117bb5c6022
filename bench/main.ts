// `npm run bench -- NAME`: runs one benchmark and prints its figures. `--help` lists them.
import { nearest } from "@baton/core";

const benchmarks: { readonly [name: string]: { readonly about: string; readonly run: () => Promise<void> } } = {
  expr: {
    about: "expressions next to jqjs and jq-web",
    run: async () => (await import("./expr.ts")).benchExpr(),
  },
  simulator: {
    about: "the simulator on a public log and on generated load",
    run: async () => (await import("./simulator.ts")).benchSimulator(),
  },
};

const [name = "--help"] = process.argv.slice(2);
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;

if (benchmark) {
  await benchmark.run();
} else {
  const list = Object.entries(benchmarks).map(([own, { about }]) => `  ${own.padEnd(10)} ${about}`);
  const usage = ["usage: npm run bench -- NAME", "", ...list].join("\n");
  if (name === "--help") {
    console.log(usage);
  } else {
    const meant = nearest(name, Object.keys(benchmarks));
    console.error(`bench: there is no benchmark called ${name}.${meant === undefined ? "" : ` Did you mean ${meant}?`}\n${usage}`);
    process.exitCode = 2;
  }
}
