// Compares what was promised with what is there: the orders that were accepted, the histories in the store, and the
// journal of the service. Every sentence that comes out is a broken promise.
import { jsonEquals } from "@baton/core";
import { compileWorkflow } from "@baton/dsl";
import { decodeEvents, projectRun, type RunView, type WorkflowEvent } from "@baton/engine";
import type { RunSummary, Store } from "@baton/storage";
import { expectedOutput, flowTexts, pauseMs } from "./flows.ts";
import type { JournalEntry } from "./service.ts";
import { tenant } from "./victim.ts";

/** What is known from outside. */
export interface Evidence {
  readonly store: Store;
  readonly service: string;
  /** Run id by the number of the order, as the start was answered. */
  readonly accepted: ReadonlyMap<number, string>;
  readonly journal: readonly JournalEntry[];
  /** When each process was started, on the clock of this machine. */
  readonly lives: readonly number[];
}

/** What was found. */
export interface Verdict {
  readonly problems: readonly string[];
  readonly runs: number;
  readonly steps: number;
  readonly calls: number;
  /** Calls that were asked for again because a kill came before their answer was stored. */
  readonly repeats: number;
}

interface History {
  readonly run: RunSummary;
  readonly events: readonly WorkflowEvent[];
  readonly view: RunView;
}

/** Compares everything with everything. */
export async function verify(evidence: Evidence): Promise<Verdict> {
  const histories = await readHistories(evidence);
  const byId = new Map(histories.map((history) => [history.run.id, history]));
  const orders = histories.filter(({ run }) => run.workflow === "order");
  const repeats = repeatedCalls(evidence.journal);
  const problems = [
    ...histories.flatMap(runProblems),
    ...orderProblems(evidence.accepted, byId, orders),
    ...callProblems(evidence, byId),
    ...repeats.flatMap(repeatProblems),
  ];
  const steps = histories.reduce((sum, { view }) => sum + view.steps.length, 0);
  return { problems, runs: histories.length, steps, calls: evidence.journal.length, repeats: repeats.length };
}

async function readHistories({ store, service }: Evidence): Promise<History[]> {
  const workflows = new Map(
    flowTexts(service).map((text) => {
      const compiled = compileWorkflow(text);
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
      return [compiled.workflow.name, compiled.workflow];
    }),
  );
  const histories: History[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.listRuns({ tenant, limit: 500, ...(after !== undefined && { after }) });
    for (const run of page) {
      const workflow = workflows.get(run.workflow);
      if (!workflow) throw new Error(`There is a run of ${run.workflow}, which nobody registered.`);
      const events = (await store.readHistory(tenant, run.id)).flatMap(decodeEvents);
      histories.push({ run, events, view: projectRun(workflow, events) });
    }
    after = page.at(-1)?.id;
    if (after === undefined) return histories;
  }
}

/** Each run by itself: it has ended well, each of its steps started once and ended once, and no timer came early. */
function runProblems({ run, events, view }: History): string[] {
  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${run.workflow} ${run.id}: ${what}`);
  const end = run.workflow === "flight" ? "faulted" : "completed";
  if (run.status !== end || view.status !== end) say(`is ${run.status}, its history says ${view.status}`);
  for (const problem of undoingProblems(view)) say(problem);
  if (run.incident !== null) say(`has an incident: ${run.incident}`);
  for (const [step, count] of countBy(events, ["StepStarted"])) if (count !== 1) say(`step ${step} started ${count} times`);
  const ends = countBy(events, ["StepCompleted", "StepFaulted"]);
  view.steps.forEach((step, i) => {
    if (ends.get(i + 1) !== 1) say(`step ${i + 1} (${step.name}) ended ${ends.get(i + 1) ?? 0} times`);
    const took = Date.parse(step.endedAt ?? "") - Date.parse(step.startedAt);
    if (step.kind === "wait" && took < pauseMs) say(`waited ${took} ms instead of ${pauseMs}`);
  });
  return problems;
}

/** What was reserved is undone once, the latest first, and nothing else is. */
function undoingProblems({ workflow, steps, compensated }: RunView): string[] {
  if (workflow.name === "ship") return [];
  const undone = steps.flatMap(({ compensates, status }) => (compensates === undefined ? [] : `${compensates} ${status}`));
  const reserved = steps.flatMap((step, i) => (["seat", "meal", "book"].includes(step.name) ? `${i + 1} completed` : []));
  if (compensated === true && jsonEquals(undone, reserved.toReversed())) return [];
  return [`has undone the steps ${undone.join(", ")}, but reserved ${reserved.join(", ")}`];
}

function countBy(events: readonly WorkflowEvent[], types: readonly WorkflowEvent["type"][]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const event of events) {
    if ("step" in event && types.includes(event.type)) counts.set(event.step, (counts.get(event.step) ?? 0) + 1);
  }
  return counts;
}

/** What was accepted is there, once, with the right result; and each order shipped exactly once. */
function orderProblems(accepted: ReadonlyMap<number, string>, byId: ReadonlyMap<string, History>, orders: readonly History[]): string[] {
  const problems: string[] = [];
  for (const [n, id] of accepted) {
    const output = byId.get(id)?.view.output;
    if (output === undefined) problems.push(`order ${n} was accepted as ${id}, and is lost`);
    else if (!jsonEquals(output, expectedOutput(n))) problems.push(`order ${n} (${id}) ended with ${JSON.stringify(output)}`);
  }
  if (orders.length !== accepted.size) problems.push(`${accepted.size} orders were accepted, and there are ${orders.length} runs of them`);
  for (const name of ["ship", "flight"]) {
    const runs = [...byId.values()].filter(({ run }) => run.workflow === name).length;
    if (runs !== orders.length) problems.push(`${orders.length} orders made ${runs} runs of ${name}`);
  }
  return problems;
}

/** No call before its step is durable, none by a process that was started after its step's end was, none missing. */
function callProblems({ journal, lives }: Evidence, byId: ReadonlyMap<string, History>): string[] {
  const problems: string[] = [];
  const called = new Set<string>();
  for (const { workId, path, life } of journal) {
    const { runId, step } = parseWorkId(workId);
    called.add(`${runId}:${step}`);
    const view = byId.get(runId)?.view.steps[step - 1];
    if (!view) problems.push(`${path} was called for ${workId}, a step that is in no history`);
    else if (view.endedAt !== null && (lives[life] ?? 0) > Date.parse(view.endedAt)) {
      problems.push(`${path} was called for ${workId} by process ${life}, which was started after the step had ended`);
    }
  }
  for (const { run, view } of byId.values()) {
    view.steps.forEach((step, i) => {
      if (step.kind === "call" && !called.has(`${run.id}:${i + 1}`)) problems.push(`step ${i + 1} of ${run.id} ended without a call`);
    });
  }
  return problems;
}

function parseWorkId(workId: string): { runId: string; step: number } {
  const [runId = "", step = ""] = workId.split(/[:/]/);
  return { runId, step: Number(step) };
}

type Pair = readonly [JournalEntry, JournalEntry];

/** Calls of the same work, each with the one before it. */
function repeatedCalls(journal: readonly JournalEntry[]): Pair[] {
  const last = new Map<string, JournalEntry>();
  return journal.flatMap((entry) => {
    const before = last.get(entry.workId);
    last.set(entry.workId, entry);
    return before ? [[before, entry] as const] : [];
  });
}

/** A process asks for the same work once: only a kill makes the next one ask again. */
function repeatProblems([before, after]: Pair): string[] {
  return before.life === after.life ? [`${after.path} was called twice for ${after.workId} by process ${after.life}`] : [];
}
