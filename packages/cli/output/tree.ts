// A run as a tree of steps with state and time. A step stands below the step that it is part of: of those whose reference
// its own begins with and that began before it, the last one. So steps of branches that run side by side are told apart.
import type { RunView, StepView } from "@baton/engine";
import { formatSpan, statusSymbol, statusWord, type Style } from "./style.ts";

/** The lines of the tree; `now` (milliseconds) times what has not ended. */
export function renderTree(run: RunView, now: number, style: Style): string[] {
  const { namespace, name, version } = run.workflow;
  const title = `${statusSymbol(run.status, style)} ${style.paint(`${namespace}/${name}`, "bold")} ${version}  ${statusWord(run.status, style)}`;
  const lines = [`${title}  ${style.paint(`${span(run, now)}  ${run.id}`, "dim")}`];
  lines.push(...trailLines(run, style), ...slotLines(run, style));
  const below = stepsBelow(run.steps);
  const draw = (index: number, depth: number): void => {
    lines.push(`${"  ".repeat(depth)}${stepLine(run.steps[index] as StepView, now, style)}`);
    for (const child of below.get(index) ?? []) draw(child, depth + 1);
  };
  for (const top of below.get(topLevel) ?? []) draw(top, 1);
  if (run.error) lines.push(...errorLines(run.error, style));
  lines.push(...compensationLines(run, style));
  return lines;
}

/** Where the run comes from, and which ones come from it. */
function trailLines({ former = [], forkedFrom, forks = [] }: RunView, style: Style): string[] {
  const lines: string[] = [];
  if (forkedFrom !== undefined) lines.push(`forked from ${forkedFrom.runId} before its step ${forkedFrom.step}`);
  if (former.length > 0) lines.push(`was ${former.map(({ name, version }) => `${name} ${version}`).join(", ")} before`);
  if (forks.length > 0) lines.push(`forks: ${forks.join(", ")}`);
  return lines.map((line) => style.paint(line, "dim"));
}

/** What a run waits for before its first step. */
function slotLines({ concurrency }: RunView, style: Style): string[] {
  if (concurrency?.status !== "waiting") return [];
  const { ahead = 0, reason = "it is about to be admitted" } = concurrency;
  return [style.paint(`  waits in place ${ahead + 1} to go on: ${harmless(reason)}`, "dim")];
}

/** Whether what was done is undone, and what somebody must look at. */
export function compensationLines({ compensated, incident, endedAt }: RunView, style: Style): string[] {
  const lines: string[] = [];
  if (compensated !== undefined) {
    const state = compensated ? "undone" : endedAt === null ? "being undone" : "not all undone";
    lines.push(`compensation: ${style.paint(state, compensated ? "green" : endedAt === null ? "blue" : "red")}`);
  }
  if (incident !== undefined) lines.push(`${style.paint("incident", "red")}: ${harmless(incident)}`);
  return lines;
}

/** Stands for "below no step". */
const topLevel = -1;

/** For each step, by its index, the index of the step that it is part of; -1 at the top. */
export function enclosingSteps(steps: readonly StepView[]): number[] {
  const latest = new Map<string, number>();
  return steps.map(({ reference }, index) => {
    let enclosing: number | undefined;
    for (let end = reference.lastIndexOf("/"); end > 0 && enclosing === undefined; end = reference.lastIndexOf("/", end - 1))
      enclosing = latest.get(reference.slice(0, end));
    latest.set(reference, index);
    return enclosing ?? topLevel;
  });
}

function stepsBelow(steps: readonly StepView[]): Map<number, number[]> {
  const below = new Map<number, number[]>();
  enclosingSteps(steps).forEach((enclosing, index) => {
    const siblings = below.get(enclosing);
    if (siblings) siblings.push(index);
    else below.set(enclosing, [index]);
  });
  return below;
}

function stepLine(step: StepView, now: number, style: Style): string {
  const notes = [step.kind, span(step, now)];
  if (step.attempt > 1) notes.push(`attempt ${step.attempt}`);
  if (step.waiting) notes.push(step.waiting.until ? `${step.waiting.reason} until ${step.waiting.until}` : step.waiting.reason);
  const error = step.error ? `  ${style.paint(harmless(`${step.error.status} ${step.error.title ?? step.error.type}`), "red")}` : "";
  return `${statusSymbol(step.status, style)} ${step.name}  ${style.paint(notes.join(", "), "dim")}${error}`;
}

function span(of: { readonly startedAt: string; readonly endedAt: string | null }, now: number): string {
  return formatSpan((of.endedAt === null ? now : Date.parse(of.endedAt)) - Date.parse(of.startedAt));
}

/** A run's error in four parts: what, where, why, and which type to catch. */
export function errorLines(error: NonNullable<RunView["error"]>, style: Style): string[] {
  const title = error.title ?? error.type;
  const lines = [`  where: ${error.instance}`];
  if (error.detail !== undefined) lines.push(...`  why:   ${error.detail}`.split("\n"));
  lines.push(`  type:  ${error.type}`);
  return [`${style.paint("error", "red")}: ${harmless(title)} (${error.status})`, ...lines.map((line) => harmless(line))];
}

/** Text that came from outside, without the control characters with which it could write over the screen. */
export function harmless(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}
