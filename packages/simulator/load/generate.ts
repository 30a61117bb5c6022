// Generated loads: arrivals of three shapes from a seed. The rate follows from the load that is wanted: the mean work
// per job (run time times processors) times the rate is that share of the machine. Times are whole units, so a
// mean should be many units long; a run takes at least one.
import { err, ok, seededRandom, type Random, type Result } from "@baton/core";
import { problem, type Problem } from "../errors.ts";
import { WorkloadBuilder, type Workload } from "../workload/workload.ts";
import { drawService, exponential, type Service } from "./distributions.ts";

/** The shapes of arrivals. `heavy` is Poisson with services of a heavy tail; `diurnal` swings with the day. */
export type LoadShape = "poisson" | "heavy" | "diurnal";

/** All shapes, for messages. */
export const loadShapes: readonly LoadShape[] = ["poisson", "heavy", "diurnal"];

/** What to generate. */
export interface LoadSpec {
  readonly shape: LoadShape;
  readonly seed: number;
  readonly jobs: number;
  /** Share of the machine that the jobs need together, above 0; at 1 and more the queue grows without bound. */
  readonly offered: number;
  /** Processors of the machine. */
  readonly processors: number;
  /** Mean length of a run, in units of time. */
  readonly meanRun: number;
  /** Milliseconds per unit of time; 1 where it is left out. */
  readonly unitMs?: number;
  readonly service?: Service;
  /** `one` processor each, or powers of two, log-uniform up to a quarter of the machine. */
  readonly sizes?: "one" | "powers";
  /** No job asks for more; the quarter of the machine where it is left out. */
  readonly largestJob?: number;
  /** Owners know their run times exactly, or overstate them by up to this factor (uniform). */
  readonly overestimate?: number;
  /** Number of tenants; the k-th submits in proportion to 1/k. */
  readonly tenants?: number;
}

/** The most jobs that are generated at once. */
export const maxGeneratedJobs = 20_000_000;

const dayMs = 86_400_000;
/** The diurnal rate is 1 + swing x sin: from a fifth of the mean at night to nine fifths by day. */
const diurnalSwing = 0.8;
const heavyService: Service = { kind: "pareto", alpha: 1.5 };

/** Generates the jobs, the same for the same specification. */
export function generateLoad(spec: LoadSpec): Result<Workload, readonly Problem[]> {
  const problems = checkSpec(spec);
  if (problems.length > 0) return err(problems);
  // One source of chance per attribute: asking for other sizes does not change the arrivals.
  const [arrivals, services, sizes, owners, estimates] = [1, 2, 3, 4, 5].map((k) => seededRandom(spec.seed * 8 + k)) as [
    Random,
    Random,
    Random,
    Random,
    Random,
  ];
  const service = spec.service ?? (spec.shape === "heavy" ? heavyService : { kind: "exponential" });
  const drawSize = sizeSource(spec);
  const drawTenant = tenantSource(spec.tenants ?? 1);
  const nextArrival = arrivalSource(spec, (spec.meanRun * meanSize(spec)) / (spec.offered * spec.processors));
  const builder = new WorkloadBuilder(`${spec.shape} load, seed ${spec.seed}`, spec.unitMs ?? 1, ["processors"]);
  let now = 0;
  for (let id = 1; id <= spec.jobs; id++) {
    now = nextArrival(arrivals, now);
    const run = Math.max(1, Math.round(drawService(services, spec.meanRun, service)));
    const request = Math.ceil(run * (1 + estimates() * ((spec.overestimate ?? 1) - 1)));
    builder.add({ id, submit: Math.round(now), run, request, amounts: [drawSize(sizes)], tenant: drawTenant(owners) });
  }
  return ok(builder.finish());
}

function arrivalSource(spec: LoadSpec, meanGap: number): (random: Random, now: number) => number {
  if (spec.shape !== "diurnal") return (random, now) => now + exponential(random, meanGap);
  const radiansPerUnit = (2 * Math.PI * (spec.unitMs ?? 1)) / dayMs;
  const peakGap = meanGap / (1 + diurnalSwing);
  // Thinning (Lewis and Shedler 1979): candidates at the highest rate, each kept with the share of it that holds then.
  return (random, now) => {
    for (let at = now + exponential(random, peakGap); ; at += exponential(random, peakGap)) {
      const rate = 1 + diurnalSwing * Math.sin(at * radiansPerUnit);
      if (random() * (1 + diurnalSwing) < rate) return at;
    }
  };
}

/** The exponent of the largest power of two that a job may ask for. */
function largestExponent(spec: LoadSpec): number {
  return spec.sizes === "powers" ? Math.max(0, Math.floor(Math.log2(Math.min(spec.processors / 4, spec.largestJob ?? Infinity)))) : 0;
}

function sizeSource(spec: LoadSpec): (random: Random) => number {
  const exponents = largestExponent(spec) + 1;
  return (random) => 2 ** Math.floor(random() * exponents);
}

function meanSize(spec: LoadSpec): number {
  const exponents = largestExponent(spec) + 1;
  return (2 ** exponents - 1) / exponents;
}

function tenantSource(tenants: number): (random: Random) => string {
  const cumulative: number[] = [];
  for (let k = 1; k <= tenants; k++) cumulative.push((cumulative[k - 2] ?? 0) + 1 / k);
  const total = cumulative[tenants - 1] as number;
  return (random) => {
    const at = random() * total;
    return `tenant-${cumulative.findIndex((limit) => at < limit) + 1}`;
  };
}

/** The ranges of a specification's numbers: lowest, highest, and whether only whole numbers will do. */
const ranges: readonly (readonly [keyof LoadSpec, number, number, boolean])[] = [
  ["seed", 0, 2 ** 28, true],
  ["jobs", 1, maxGeneratedJobs, true],
  ["offered", 1e-6, 100, false],
  ["processors", 1, 1e9, true],
  ["largestJob", 1, 1e9, false],
  ["meanRun", 1, 1e12, false],
  ["unitMs", 1, dayMs, false],
  ["overestimate", 1, 1000, false],
  ["tenants", 1, 10_000, true],
];

function checkSpec(spec: LoadSpec): Problem[] {
  const problems: Problem[] = [];
  for (const [name, low, high, whole] of ranges) {
    const value = spec[name];
    if (value === undefined) continue;
    const fine = typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value));
    const kind = whole ? "a whole number" : "a number";
    if (!fine) problems.push(problem("load-invalid", name, `It is ${JSON.stringify(value)}; it must be ${kind} from ${low} to ${high}.`));
  }
  if (!loadShapes.includes(spec.shape)) problems.push(problem("load-invalid", "shape", `There is no load "${spec.shape}".`));
  if (spec.service?.kind === "pareto" && !(spec.service.alpha > 1))
    problems.push(problem("load-invalid", "alpha", `It is ${spec.service.alpha}; only above 1 is there a mean.`));
  if (spec.service?.kind === "lognormal" && !(spec.service.sigma > 0))
    problems.push(problem("load-invalid", "sigma", `It is ${spec.service.sigma}; it must be above 0.`));
  return problems;
}
