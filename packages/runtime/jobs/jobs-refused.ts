// A submission that was refused: all that is wrong with it, under the code of the first problem.
import { BatonError } from "@baton/core";
import type { Problem } from "@baton/scheduler";
import { runtimeError } from "../errors.ts";
import type { FieldProblem } from "./read/fields.ts";

/** At most so many problems are listed. */
export const listedProblems = 50;

/** What is wrong with a submission. Nothing of it was kept. */
export class JobsRefused extends BatonError {
  readonly items: readonly { readonly detail: string; readonly pointer?: string; readonly suggestion?: string }[];

  /** What the scheduler has against it. */
  constructor(problems: readonly Problem[], items?: readonly FieldProblem[]) {
    const [first] = problems;
    const message = [first?.where, first?.message].filter((part) => part !== undefined && part !== "").join(": ");
    super(first?.code ?? "job-invalid", { summary: message, next: first?.next ?? "", retryable: false }, { message });
    this.items = items ?? problems.slice(0, listedProblems).map((problem) => ({ detail: `${problem.where}: ${problem.message}` }));
  }

  /** What cannot be read. */
  static ofFields(
    items: readonly FieldProblem[],
    otherwise: "job-unreadable" | "objects-unreadable" | "node-unreadable" = "job-unreadable",
  ): JobsRefused {
    const code = items[0]?.code ?? otherwise;
    const { next } = runtimeError(code === "queues-invalid" ? otherwise : code);
    const message = items.map(({ detail }) => detail).join("; ");
    return new JobsRefused([{ code, where: "", message, next }], items);
  }
}
