// Compares what a run waits for with what is there to wake it: stored timers, the mark by which a restart takes it up, its
// sub-runs, and, in a server that drives runs, the work under way.
import { formatInstant, type Instant } from "@baton/core";
import {
  awaitsRun,
  isActive,
  isFinal,
  isUndoing,
  neededSubscriptions,
  neededTimers,
  sameInterest,
  statusOf,
  strandedSteps,
  waitsOf,
  type Wait,
} from "@baton/engine";
import type { DueTimer, Subscription } from "@baton/storage";
import { overdueMs } from "../limits.ts";
import type { LoadedRun } from "../loaded-run.ts";
import { finding, type Finding } from "./findings.ts";

/** What there is besides the run itself. */
export interface Surroundings {
  readonly now: Instant;
  readonly timers: readonly DueTimer[];
  readonly subscriptions: readonly Omit<Subscription, "early">[];
  /** Whether events are given to it that it has not settled. */
  readonly hasEvents: boolean;
  /** A run that this one names; null: it is not there. */
  run(id: string): Promise<LoadedRun | null>;
  /** Of a server that drives runs; absent: nothing is driven, and a start will ask for all work again. */
  readonly driving?: { works(runId: string, step: number): boolean; claims(run: LoadedRun): boolean };
}

/** Everything that keeps the run from being moved on. */
export async function examine(run: LoadedRun, around: Surroundings): Promise<readonly Finding[]> {
  if (isFinal(run.state)) return [];
  const waits = waitsOf(run.state);
  return [
    ...incidentOf(run),
    ...stranded(run),
    ...timersOf(run, around),
    ...eventsOf(run, around),
    ...summaryOf(run),
    ...waits.flatMap((wait) => lost(run, wait, around)),
    ...(await subRunsOf(waits, around)),
    ...(await parentOf(run, around)),
  ];
}

function incidentOf({ summary }: LoadedRun): Finding[] {
  return summary.incident === null ? [] : [finding("incident", summary.incident)];
}

function stranded({ state }: LoadedRun): Finding[] {
  return strandedSteps(state).map(({ id, task }) =>
    finding("stranded", `Step ${id} (${task.reference === "" ? "the run itself" : task.reference}) waits for nothing.`),
  );
}

function timersOf({ state }: LoadedRun, { timers, now, driving }: Surroundings): Finding[] {
  const stored = new Map(timers.map(({ timer, at }) => [timer, at]));
  return neededTimers(state).flatMap(({ timer, at }) => {
    const found = stored.get(timer);
    if (found === undefined) return finding("timer-missing", `The timer ${timer}, due at ${formatInstant(at)}, is not stored.`);
    if (found !== at)
      return finding("timer-wrong", `The timer ${timer} is stored for ${formatInstant(found)} and due at ${formatInstant(at)}.`);
    if (driving === undefined || now - at <= overdueMs) return [];
    return finding("timer-overdue", `The timer ${timer} was due at ${formatInstant(at)} and has not fired.`);
  });
}

function eventsOf({ state }: LoadedRun, { subscriptions, hasEvents, driving }: Surroundings): Finding[] {
  const stored = new Map(subscriptions.map((one) => [one.name, one]));
  const findings = neededSubscriptions(state).flatMap(({ subscription, interest }) => {
    const found = stored.get(subscription);
    // A key that is a secret is not stored: then every event of the type comes, and the filter decides.
    if (found !== undefined && sameInterest(found, { ...interest, key: found.key === null ? null : interest.key })) return [];
    return finding("subscription-missing", `The subscription ${subscription}, to ${interest.type ?? "events of any type"}, is not stored.`);
  });
  if (driving === undefined || !hasEvents || state.phase === "suspended") return findings;
  return [...findings, finding("event-undelivered", "An event is given to it, and nobody brings it.")];
}

function summaryOf({ state, summary }: LoadedRun): Finding[] {
  const findings: Finding[] = [];
  if (isActive(state) && !summary.active)
    findings.push(finding("restart-missed", "It has work under way, and is not marked to be taken up by a restart."));
  const status = statusOf(state);
  if (status !== summary.status) findings.push(finding("summary-wrong", `It is ${status}, and listed as ${summary.status}.`));
  return findings;
}

/** What only a server that drives runs can have lost. */
function lost(run: LoadedRun, { for: kind, step, reference }: Wait, { driving }: Surroundings): Finding[] {
  const { id } = run;
  if (driving === undefined) return [];
  if (kind === "slot" && !driving.claims(run))
    return [finding("slot-lost", "It waits to go on beside others of its flow, and has no place.")];
  if (kind === "work" && !driving.works(id, step)) return [finding("work-lost", `Nobody works for step ${step} (${reference}).`)];
  return kind === "turn" ? [finding("turn-lost", `Step ${step} (${reference}) could go on, and nobody moves it.`)] : [];
}

async function subRunsOf(waits: readonly Wait[], around: Surroundings): Promise<Finding[]> {
  if (around.driving === undefined) return [];
  const findings: Finding[] = [];
  for (const { runId, step, reference } of waits) {
    if (runId === undefined) continue;
    const child = await around.run(runId);
    if (child === null) findings.push(finding("run-missing", `The run ${runId}, which step ${step} (${reference}) awaits, is not there.`));
    else if (isFinal(child.state))
      findings.push(finding("answer-lost", `The run ${runId} has ended, and step ${step} (${reference}) has not heard of it.`));
  }
  return findings;
}

async function parentOf({ id, state }: LoadedRun, around: Surroundings): Promise<Finding[]> {
  // One that is undone is ending already.
  if (state.parent === null || isUndoing(state)) return [];
  const parent = await around.run(state.parent.runId);
  if (parent !== null && awaitsRun(parent.state, state.parent.step, id)) return [];
  return [finding("orphan", `The run ${state.parent.runId}, which started it, does not await it any more.`)];
}
