// Explanations and plans as people read them.
import type { Decision, Explanation, PlanAnswer, StartEstimate } from "@baton/scheduler";

/** An explanation: reasons with their remedies, the smallest change, the expected start. */
export function explanationText(explanation: Explanation | undefined): string {
  if (explanation === undefined) return "does not wait\n";
  const { jobId, rank, reasons, smallestChange, estimate } = explanation;
  return [
    `${jobId}, number ${rank} of its queue`,
    ...reasons.flatMap(({ code, summary, remedy }) => [`  ${code}: ${summary}`, `    ${remedy.summary}`]),
    ...(smallestChange === undefined ? [] : [`  smallest change: ${smallestChange.summary}`]),
    ...(estimate === undefined ? [] : [`  expected start: ${estimateText(estimate)}`]),
    "",
  ].join("\n");
}

/** What a change would do: what is decided at once, and whose expected start moves. */
export function planText(change: string, { decisions, changes }: PlanAnswer): string {
  return [
    `if ${change}`,
    ...decisions.map((decision) => `  ${decisionText(decision)}`),
    ...changes.flatMap(({ jobId, before, after }) => (after === undefined ? [] : [`  ${jobId}: ${moved(before, after)}`])),
    "",
  ].join("\n");
}

function decisionText(decision: Decision): string {
  return decision.type === "refuse" ? `refuse ${decision.jobId}` : `${decision.type} ${decision.jobId} on ${decision.nodeId}`;
}

function moved(before: StartEstimate | undefined, after: StartEstimate): string {
  return `expected at ${clock(after.at)}${before === undefined ? "" : ` instead of ${clock(before.at)}`}`;
}

function estimateText({ at, earliest, latest }: StartEstimate): string {
  return `${clock(at)} (from ${clock(earliest)} to ${clock(latest)})`;
}

function clock(instant: number): string {
  return new Date(instant).toISOString().slice(11, 16);
}
