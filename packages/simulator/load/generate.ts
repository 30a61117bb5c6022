// Generated loads: arrivals of three shapes from a seed. The rate follows from the load that is wanted: the mean work
// per job (run time times processors) times the rate is that share of the machine. Times are whole units, so a
// mean should be many units long; a run takes at least one.
import { err, ok, seededRandom, type Random, type Result } from "@baton/core";
import { maxProcessors } from "../cluster.ts";
import { problem, type Problem } from "../errors.ts";
import { WorkloadBuilder, type Workload } from "../workload/workload.ts";
import { drawService, exponential, lognormal, type Service } from "./distributions.ts";

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
  /** How many successive jobs of a tenant are alike in the mean, as those of people are; 1: none. */
  readonly habit?: number;
  /** Deadlines leave time for the request and for up to so many times more (uniform); no deadlines where it is left out. */
  readonly deadlineSlack?: number;
  /** Priorities from 0 to 100, uniform; all alike where it is left out. */
  readonly priorities?: boolean;
}

/** The most jobs that are generated at once. */
export const maxGeneratedJobs = 20_000_000;

const dayMs = 86_400_000;
const highestPriority = 100;
/** The diurnal rate is 1 + swing x sin: from a fifth of the mean at night to nine fifths by day. */
const diurnalSwing = 0.8;
const heavyService: Service = { kind: "pareto", alpha: 1.5 };
/** How much the runs of alike jobs differ: the standard deviation of their logarithms. */
const habitSigma = 0.25;

/** Generates the jobs, the same for the same specification. */
export function generateLoad(spec: LoadSpec): Result<Workload, readonly Problem[]> {
  const problems = checkSpec(spec);
  if (problems.length > 0) return err(problems);
  const chance = chanceSources(spec.seed);
  const drawJob = habitual(spec, jobSource(spec, chance), chance.habits);
  const drawTenant = tenantSource(spec.tenants ?? 1);
  const nextArrival = arrivalSource(spec, (spec.meanRun * meanSize(spec)) / (spec.offered * spec.processors));
  const builder = new WorkloadBuilder(`${spec.shape} load, seed ${spec.seed}`, spec.unitMs ?? 1, ["processors"]);
  let now = 0;
  for (let id = 1; id <= spec.jobs; id++) {
    now = nextArrival(chance.arrivals, now);
    const submit = Math.round(now);
    const tenant = drawTenant(chance.owners);
    const { run, size } = drawJob(tenant);
    const request = Math.ceil(run * (1 + chance.estimates() * ((spec.overestimate ?? 1) - 1)));
    const slack = spec.deadlineSlack;
    builder.add({
      id,
      submit,
      run,
      request,
      amounts: [size],
      tenant,
      ...(slack === undefined ? {} : { deadline: submit + Math.ceil(request * (1 + chance.deadlines() * slack)) }),
      ...(spec.priorities === true ? { priority: Math.floor(chance.priorities() * (highestPriority + 1)) } : {}),
    });
  }
  return ok(builder.finish());
}

/** One source of chance per attribute: asking for other sizes does not change the arrivals. */
function chanceSources(seed: number): { readonly [attribute in Attribute]: Random } {
  const source = (k: number): Random => seededRandom(seed * 8 + k);
  return {
    arrivals: source(1),
    services: source(2),
    sizes: source(3),
    owners: source(4),
    estimates: source(5),
    habits: source(6),
    deadlines: source(7),
    priorities: source(0),
  };
}

type Attribute = "arrivals" | "services" | "sizes" | "owners" | "estimates" | "habits" | "deadlines" | "priorities";

interface DrawnJob {
  readonly run: number;
  readonly size: number;
}

function jobSource(spec: LoadSpec, { services, sizes }: { readonly services: Random; readonly sizes: Random }): () => DrawnJob {
  const service = spec.service ?? (spec.shape === "heavy" ? heavyService : { kind: "exponential" });
  const drawSize = sizeSource(spec);
  return () => ({ run: Math.max(1, Math.round(drawService(services, spec.meanRun, service))), size: drawSize(sizes) });
}

/** Jobs of a tenant that are like its last one, until it turns to something else (Feitelson 2014: locality of sampling). */
function habitual(spec: LoadSpec, draw: () => DrawnJob, random: Random): (tenant: string) => DrawnJob {
  const { habit = 1 } = spec;
  if (habit <= 1) return draw;
  const last = new Map<string, DrawnJob>();
  return (tenant) => {
    const known = last.get(tenant);
    const like = known === undefined || random() < 1 / habit ? draw() : known;
    last.set(tenant, like);
    return { run: Math.max(1, Math.round(lognormal(random, like.run, habitSigma))), size: like.size };
  };
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
  ["processors", 1, maxProcessors, true],
  ["largestJob", 1, maxProcessors, false],
  ["meanRun", 1, 1e12, false],
  ["unitMs", 1, dayMs, false],
  ["overestimate", 1, 1000, false],
  ["tenants", 1, 10_000, true],
  ["habit", 1, 1e6, false],
  ["deadlineSlack", 0, 1e6, false],
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
