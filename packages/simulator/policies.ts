// Policies by name. A name is one or more words joined by "+": an order, a kind of backfill, a learner, how an overrun
// is corrected, by what is reserved, a placement, a fairness, who may be stopped; what is left out is fcfs, none, limit, limit,
// the estimate, best-fit, none, nobody. Some words take a parameter after a colon. Names that the literature uses are presets.
//
//   sjf+easy   fcfs+sjbf+mean-of-two   rr:100ms   priority:2   wfp3+conservative+drf
import { err, nearest, ok, type Result } from "@baton/core";
import { defaultPolicy, learnerNames, orderNames, placementNames, plainPolicy, type Policy } from "@baton/scheduler";

/** A policy with the name under which its results are shown. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
  /** It is told real run times: what perfect prediction would give. */
  readonly clairvoyant: boolean;
  /** A graph on one machine is planned as a whole before it begins; `policy` decides nothing then. */
  readonly planned: boolean;
}

type Change = (policy: Policy) => Policy;

/** Orders without parameters; the others are among the parametrised words. */
const plainOrders = ["fcfs", "sjf", "srtf", "edf", "mct", "heft", "peft", "wfp3", "unicef", "f1"] as const;
/** The published variants, as combinations of the words. */
const presets: { readonly [name: string]: string } = {
  "easy-clairvoyant": "fcfs+easy+clairvoyant",
  "conservative-clairvoyant": "fcfs+conservative+clairvoyant",
  "sjbf-reqtime": "fcfs+sjbf",
  "sjbf-clairvoyant": "fcfs+sjbf+clairvoyant",
  "sjbf-avg2-reqtime": "fcfs+sjbf+mean-of-two",
  "sjbf-avg2-tsafrir": "fcfs+sjbf+mean-of-two+steps",
};

const words: ReadonlyMap<string, Change> = new Map<string, Change>([
  ...plainOrders.map((name): [string, Change] => [name, (policy) => ({ ...policy, order: { name } })]),
  ...learnerNames.map((learner): [string, Change] => [learner, (policy) => ({ ...policy, prediction: { ...policy.prediction, learner } })]),
  ...placementNames.map((name): [string, Change] => [name, (policy) => ({ ...policy, placement: { name } })]),
  ["expansion", (policy) => ({ ...policy, order: { name: "expansion" } })],
  ["none", (policy) => ({ ...policy, backfill: { name: "none" } })],
  ["easy", (policy) => ({ ...policy, backfill: { name: "easy", by: "queue-order" } })],
  ["sjbf", (policy) => ({ ...policy, backfill: { name: "easy", by: "shortest" } })],
  ["conservative", (policy) => ({ ...policy, backfill: { name: "conservative" } })],
  ["steps", (policy) => ({ ...policy, prediction: { ...policy.prediction, correction: "steps" } })],
  ["p90", (policy) => ({ ...policy, prediction: { ...policy.prediction, reserve: "p90" } })],
  ["promised", (policy) => ({ ...policy, prediction: { ...policy.prediction, reserve: "limit" } })],
  ["balanced", (policy) => ({ ...policy, order: defaultPolicy.order })],
  ["drf", (policy) => ({ ...policy, fairness: { name: "drf" } })],
  ["weighted-fair", (policy) => ({ ...policy, fairness: { name: "weighted-fair" } })],
  ["reclaim", (policy) => ({ ...policy, preemption: { ...policy.preemption, reclaim: true } })],
  ["clairvoyant", (policy) => policy],
  ["default", (policy) => policy],
]);

const defaultSliceMs = 1000;
const defaultOverdueMs = 60 * 3_600_000;
const defaultPointsPerHour = 1;
const defaultPriorityGap = 10;
/** A job never stops one of its own priority. */
const smallestGap = 1;
const durationUnits: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Words that may carry a parameter, with the change that it makes. */
const parametrised: ReadonlyMap<string, (parameter: string | undefined) => Change | undefined> = new Map([
  ["rr", (text) => withDuration(text, defaultSliceMs, (sliceMs) => (policy) => ({ ...policy, order: { name: "rr", sliceMs } }))],
  [
    "priority",
    (text) =>
      withNumber(text, defaultPointsPerHour, (pointsPerHour) => (policy) => ({ ...policy, order: { name: "priority", pointsPerHour } })),
  ],
  ["expansion", (text) => withDuration(text, 0, (capMs) => (policy) => ({ ...policy, order: { name: "expansion", capMs } }))],
  [
    "preempt",
    (text) =>
      withNumber(
        text,
        defaultPriorityGap,
        (priorityGap) => (policy) => ({ ...policy, preemption: { ...policy.preemption, priorityGap } }),
        smallestGap,
      ),
  ],
  [
    "overdue",
    (text) => withDuration(text, defaultOverdueMs, (capMs) => (policy) => ({ ...policy, fairness: overdue(policy.fairness, capMs) })),
  ],
  ["drf", (text) => withDuration(text, 0, (halfLifeMs) => (policy) => ({ ...policy, fairness: { name: "drf", halfLifeMs } }))],
]);

/** What a parameter looks like. */
const examples: ReadonlyMap<string, string> = new Map([
  ["rr", "Write how long a turn lasts: rr:100ms, rr:2s."],
  ["priority", "Write how many points an hour of waiting is worth: priority:2, priority:0.5."],
  ["expansion", "Write how long a wait is too long: expansion:84h, expansion:2d."],
  ["preempt", "Write how much lower a priority must be to be stopped: preempt:20; at least 1."],
  ["overdue", "Write how long a wait is too long: overdue:60h, overdue:2d."],
  ["drf", "Write how long it takes until past use counts half: drf:7d, drf:12h."],
]);

function overdue(fairness: Policy["fairness"], capMs: number): Policy["fairness"] {
  return fairness.name === "none" ? fairness : { ...fairness, capMs };
}

const plannedName = "planned";

/** The words by what they name; of some kinds a policy has one at most. */
export const policyKinds: readonly { readonly kind: string; readonly words: readonly string[]; readonly isOne: boolean }[] = [
  { kind: "orders", words: orderNames, isOne: true },
  { kind: "kinds of backfill", words: ["none", "easy", "sjbf", "conservative"], isOne: true },
  { kind: "learners", words: learnerNames, isOne: true },
  { kind: "overruns and reservations", words: ["steps", "p90", "promised"], isOne: false },
  { kind: "placements", words: placementNames, isOne: true },
  { kind: "kinds of fairness", words: ["drf", "weighted-fair"], isOne: true },
  { kind: "how long fairness may keep a job waiting", words: ["overdue"], isOne: false },
  { kind: "stopping", words: ["reclaim", "preempt"], isOne: false },
  { kind: "names of their own", words: ["default", ...Object.keys(presets), "clairvoyant", plannedName], isOne: false },
];

/** Every word, for "did you mean". */
export const policyWords: readonly string[] = policyKinds.flatMap(({ words: own }) => own);

/** Reads a name; the error says which word is wrong and which was probably meant. */
export function parsePolicy(name: string): Result<NamedPolicy, string> {
  if (name === "") return err("A policy has no name: there is a comma too many, or nothing at all.");
  if (name === plannedName) return ok({ name, policy: plainPolicy, clairvoyant: true, planned: true });
  const parts = name.split("+").flatMap((part) => (presets[part] ?? part).split("+"));
  let policy = parts.includes("default") ? defaultPolicy : plainPolicy;
  // What caps a kind of fairness comes after it, wherever it stands.
  const isCap = (part: string): boolean => part.startsWith("overdue");
  for (const part of [...parts.filter((one) => !isCap(one)), ...parts.filter(isCap)]) {
    const change = readWord(part);
    if (!change.ok) return change;
    policy = change.value(policy);
  }
  if (parts.some(isCap) && policy.fairness.name === "none")
    return err(`The policy "${name}" says how long shares may keep a job waiting, but has no shares: add drf or weighted-fair.`);
  for (const { kind, words: own } of policyKinds.filter(({ isOne }) => isOne)) {
    const named = parts.filter((part) => own.includes(part.split(":", 1)[0] as string));
    if (named.length > 1) return err(`The policy "${name}" names ${named.length} ${kind}: ${named.join(" and ")}. Choose one of them.`);
  }
  return ok({ name, policy, clairvoyant: parts.includes("clairvoyant"), planned: false });
}

function readWord(part: string): Result<Change, string> {
  const [word = "", parameter] = part.split(":", 2);
  const simple = words.get(word);
  if (simple && parameter === undefined) return ok(simple);
  const make = parametrised.get(word);
  if (!make) return simple ? err(`The policy "${word}" takes no parameter.`) : err(unknown(word));
  const change = make(parameter);
  return change ? ok(change) : err(`"${parameter}" is not a parameter of "${word}". ${examples.get(word)}`);
}

function unknown(word: string): string {
  const meant = nearest(word, policyWords);
  const advice = meant ? `Did you mean "${meant}"?` : `There are ${policyWords.join(", ")}, which may be joined by "+".`;
  return `There is no policy "${word}". ${advice}`;
}

function withDuration(text: string | undefined, otherwise: number, make: (ms: number) => Change): Change | undefined {
  if (text === undefined) return make(otherwise);
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const ms = match ? Number(match[1]) * (durationUnits[match[2] as string] as number) : 0;
  return ms > 0 ? make(ms) : undefined;
}

function withNumber(text: string | undefined, otherwise: number, make: (value: number) => Change, least = 0): Change | undefined {
  if (text === undefined) return make(otherwise);
  return /^\d+(\.\d+)?$/.test(text) && Number(text) >= least ? make(Number(text)) : undefined;
}
