// What the world answers to a run, and how steps are named to it.
import type { Json } from "@baton/core";
import type { NamedFault, WorkFault } from "./work.ts";

/** A number that names one execution of a task within its run; counts from 1 in the order of starting, 0 is the run itself. */
export type StepId = number;

/** What work or a timer gives back: kept for later while the run is suspended. */
export type Answer =
  | { readonly type: "CompleteWork"; readonly step: StepId; readonly output: Json }
  | { readonly type: "FailWork"; readonly step: StepId; readonly fault: WorkFault | NamedFault }
  | { readonly type: "FireTimer"; readonly timer: string };

/** What a person answered who was asked for approval. */
export interface ApprovalAnswer {
  readonly approved: boolean;
  readonly by: string;
  readonly reason?: string;
  readonly form?: Json;
}

/** What an answer is to: two answers to the same are the same answer, and the first one counts. */
export function answeredBy(answer: Answer): string {
  return answer.type === "FireTimer" ? answer.timer : String(answer.step);
}
