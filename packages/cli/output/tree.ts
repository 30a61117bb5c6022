// A run as a tree of steps with state and time. A step stands below the step whose reference its own begins with.
import type { RunView, StepView } from "@baton/engine";
import { formatSpan, statusSymbol, statusWord, type Style } from "./style.ts";

/** The lines of the tree; `now` (milliseconds) times what has not ended. */
export function renderTree(run: RunView, now: number, style: Style): string[] {
  const { namespace, name, version } = run.workflow;
  const title = `${statusSymbol(run.status, style)} ${style.paint(`${namespace}/${name}`, "bold")} ${version}  ${statusWord(run.status, style)}`;
  const lines = [`${title}  ${style.paint(`${span(run, now)}  ${run.id}`, "dim")}`];
  const open: string[] = [];
  for (const step of run.steps) {
    while (open.length > 0 && !isBelow(step.reference, open.at(-1) as string)) open.pop();
    lines.push(`${"  ".repeat(open.length + 1)}${stepLine(step, now, style)}`);
    open.push(step.reference);
  }
  if (run.error) lines.push(...errorLines(run.error, style));
  return lines;
}

function isBelow(reference: string, parent: string): boolean {
  return reference.startsWith(`${parent}/`);
}

function stepLine(step: StepView, now: number, style: Style): string {
  const notes = [step.kind, span(step, now)];
  if (step.attempt > 1) notes.push(`attempt ${step.attempt}`);
  if (step.waiting) notes.push(step.waiting.until ? `${step.waiting.reason} until ${step.waiting.until}` : step.waiting.reason);
  const error = step.error ? `  ${style.paint(`${step.error.status} ${step.error.title ?? step.error.type}`, "red")}` : "";
  return `${statusSymbol(step.status, style)} ${step.name}  ${style.paint(notes.join(", "), "dim")}${error}`;
}

function span(of: { readonly startedAt: string; readonly endedAt: string | null }, now: number): string {
  return formatSpan((of.endedAt === null ? now : Date.parse(of.endedAt)) - Date.parse(of.startedAt));
}

/** A run's error in four parts: what, where, why, and which type to catch. */
export function errorLines(error: NonNullable<RunView["error"]>, style: Style): string[] {
  const lines = [`${style.paint("error", "red")}: ${error.title ?? error.type} (${error.status})`, `  where: ${error.instance}`];
  if (error.detail !== undefined) lines.push(`  why:   ${error.detail}`);
  lines.push(`  type:  ${error.type}`);
  return lines;
}
