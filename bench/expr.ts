// Expressions next to the two other ways to run jq in JavaScript: jqjs (pure JavaScript) and jq-web (jq as
// WebAssembly, text in and out), and to the same in our JavaScript expressions. JavaScript values in and out, one core, a 2 KB document with 20 items.
import { createRequire } from "node:module";
import { compile, compileJs, type Compilation, type Json } from "@baton/expr";

/** One measured program, with its least and its aimed number of evaluations a second. */
interface Case {
  readonly name: string;
  readonly source: string;
  /** The same in JavaScript. */
  readonly js: string;
  readonly least: number;
}

// Neither peer comes with types.
interface JqJs {
  compile(program: string): (input: Json) => Iterator<Json>;
}

interface JqWeb {
  raw(json: string, program: string, flags: readonly string[]): string;
}

const cases: readonly Case[] = [
  { name: "field chain", source: ".a.b.c", js: "$.a.b.c", least: 5e6 },
  { name: "select over 20", source: "[.items[] | select(.price > 50)]", js: "$.items.filter(({ price }) => price > 50)", least: 5e5 },
  {
    name: "total over 20",
    source: "{total: (.items | map(.price * .qty) | add)}",
    js: "({ total: $.items.reduce((sum, { price, qty }) => sum + price * qty, 0) })",
    least: 4e5,
  },
  {
    name: "three-way condition",
    source: 'if $context.tier == "gold" and .total > 100 then "fast" elif $context.tier == "silver" then "normal" else "slow" end',
    js: '$context.tier === "gold" && $.total > 100 ? "fast" : $context.tier === "silver" ? "normal" : "slow"',
    least: 3e6,
  },
  { name: "interpolation", source: '"order \\(.id) of \\($context.user)"', js: "`order ${$.id} of ${$context.user}`", least: 3e6 },
  {
    name: "group_by and map",
    source: "group_by(.kind) | map({kind: .[0].kind, n: length})",
    js: "Object.entries(Object.groupBy($, ({ kind }) => kind)).map(([kind, all]) => ({ kind, n: all.length }))",
    least: 2.5e5,
  },
];

const names = ["context", "secrets", "workflow"];
const variables: Json[] = [{ tier: "silver", user: "ann" }, { token: "s" }, { id: "w1", definition: { document: { name: "shop" } } }];
const items = Array.from({ length: 20 }, (_, i) => ({
  sku: `sku-${i}`,
  name: `item number ${i}`,
  kind: ["a", "b", "c"][i % 3] ?? "a",
  price: (i * 37) % 101,
  qty: (i % 4) + 1,
}));
const document: Json = { id: 1042, total: 80, a: { b: { c: 7, d: 8 } }, customer: { name: "Ann", city: "Delft" }, items };
const inputOf = (source: string): Json => (source.startsWith("group_by") ? items : document);

/** Runs `work` for about `ms` milliseconds and gives the runs per second of the best of a few rounds. */
function rate(work: () => unknown, ms: number): number {
  const rounds = 3;
  let best = 0;
  let batch = 1;
  for (let round = 0; round < rounds;) {
    const started = performance.now();
    for (let i = 0; i < batch; i++) work();
    const elapsed = performance.now() - started;
    if (elapsed < ms / rounds) {
      batch = elapsed < 1 ? batch * 10 : Math.ceil((batch * ms) / rounds / elapsed + 1);
      continue;
    }
    best = Math.max(best, (batch / elapsed) * 1000);
    round++;
  }
  return best;
}

function ours({ source }: Case): () => unknown {
  return evaluating(compile(source, { variables: names }), inputOf(source));
}

function inJavaScript({ source, js }: Case): () => unknown {
  return evaluating(compileJs(js, { variables: names }), inputOf(source));
}

function evaluating(compiled: Compilation, input: Json): () => unknown {
  if (!compiled.ok) throw new Error("The program does not compile.");
  const { expression } = compiled;
  const limits = { now: 0 };
  return () => expression.first(input, variables, limits);
}

// The others are given no variables from outside: the program binds them, where it reads any.
function selfContained(source: string): string {
  if (!source.includes("$")) return source;
  return names.map((name, i) => `${JSON.stringify(variables[i])} as $${name} | `).join("") + source;
}

function throughJqjs(jqjs: JqJs, { source }: Case): () => unknown {
  const filter = jqjs.compile(selfContained(source));
  const input = inputOf(source);
  return () => filter(input).next().value;
}

function throughJqWeb(jq: JqWeb, { source }: Case): () => unknown {
  const program = selfContained(source);
  const input = inputOf(source);
  return () => JSON.parse(jq.raw(JSON.stringify(input), program, ["-c"])) as Json;
}

function figure(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(2)} M/s`;
  return perSecond >= 1e3 ? `${(perSecond / 1e3).toFixed(1)} k/s` : `${perSecond.toFixed(0)} /s`;
}

function row(cells: readonly string[]): string {
  const widths = [20, 12, 12, 12, 12, 12, 11, 12];
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("");
}

/** Prints how many evaluations a second each way manages, and how long compiling takes. */
export async function benchExpr(): Promise<void> {
  const require = createRequire(import.meta.url);
  const jqjs = require("@michaelhomer/jqjs") as JqJs;
  const jq = await (require("jq-web") as Promise<JqWeb>);
  console.log(row(["program", "baton", "wanted", "JavaScript", "jqjs", "jq-web", "x jqjs", "x jq-web"]));
  for (const one of cases) {
    const mine = rate(ours(one), 600);
    const script = rate(inJavaScript(one), 300);
    const pure = rate(throughJqjs(jqjs, one), 300);
    const wasm = rate(throughJqWeb(jq, one), 300);
    console.log(
      row([
        one.name,
        figure(mine),
        figure(one.least),
        figure(script),
        figure(pure),
        figure(wasm),
        (mine / pure).toFixed(1),
        (mine / wasm).toFixed(0),
      ]),
    );
  }
  const typical = '.items | map(select(.price > 10 and .name != "x")) | length';
  const options = { variables: names };
  const limits = { now: 0 };
  const compileOnly = rate(() => compile(typical, options), 600);
  const withFirstRun = rate(() => {
    const compiled = compile(typical, options);
    if (compiled.ok) compiled.expression.first({ items: [] }, variables, limits);
  }, 600);
  const jqjsCompile = rate(() => jqjs.compile(typical), 300);
  console.log(`compile ${typical}`);
  console.log(
    `  baton ${(1e6 / compileOnly).toFixed(1)} µs (with a first run ${(1e6 / withFirstRun).toFixed(1)} µs; wanted 20 µs), jqjs ${(1e6 / jqjsCompile).toFixed(1)} µs`,
  );
}
