// The step from which a run is forked, as people name it: a task's name, its address in the document, or a step's number.
import { nearest, type Result } from "@baton/core";
import type { StepId } from "./answers.ts";
import type { StepView } from "./view.ts";

const shownNames = 20;

/** The step: the first execution of the task that is named. What is wrong with a name is told with those there are. */
export function findForkPoint(steps: readonly StepView[], from: string): Result<StepId, string> {
  if (/^\d+$/.test(from) && steps[Number(from) - 1] !== undefined) return { ok: true, value: Number(from) };
  const isMeant = ({ name, reference }: StepView): boolean => name === from || reference === from;
  const references = [...new Set(steps.filter(isMeant).map(({ reference }) => reference))];
  if (references.length === 0) return { ok: false, error: unknown(steps, from) };
  if (references.length > 1)
    return { ok: false, error: `There are several tasks \`${from}\`; say which one by its address: ${references.join(", ")}.` };
  return { ok: true, value: steps.findIndex(isMeant) + 1 };
}

function unknown(steps: readonly StepView[], from: string): string {
  const names = [...new Set(steps.map(({ name }) => name))];
  if (names.length === 0) return "The run has come to no step.";
  const near = nearest(from, names);
  const advice = near === undefined ? "" : ` Did you mean \`${near}\`?`;
  const more = names.length > shownNames ? `, and ${names.length - shownNames} more` : "";
  return `The run has come to no step \`${from}\`.${advice} It has come to: ${names.slice(0, shownNames).join(", ")}${more}.`;
}
