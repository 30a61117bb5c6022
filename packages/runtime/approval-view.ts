// What people see of approvals, and what they may ask.
import type { Result } from "@baton/core";
import type { ApprovalAnswer, PendingApproval } from "@baton/engine";
import type { RunSummary } from "@baton/storage";

/** An approval, and the run that waits for it. */
export interface RunApproval {
  readonly run: RunSummary;
  readonly approval: PendingApproval;
}

/** One thing that is wrong with an answer; the pointer leads into it. */
export interface ApprovalProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** Approvals as people handle them. An id is RUN.STEP, or RUN where it waits for one alone. */
export interface ApprovalDesk {
  /** The approvals of so many runs behind that one, in the order of the runs' ids; `lastRun`: there may be more behind it. */
  list(
    tenant: string,
    afterRun: string | undefined,
    runs: number,
  ): Promise<{ readonly approvals: readonly RunApproval[]; readonly lastRun: string | null }>;
  /** Rejects with approval-unknown, or approval-ambiguous. */
  get(tenant: string, id: string): Promise<RunApproval>;
  /** What was answered, or what is wrong with the answer; rejects with approval-unknown, -suspended, -not-taken. */
  answer(tenant: string, id: string, answer: ApprovalAnswer): Promise<Result<RunApproval, readonly ApprovalProblem[]>>;
}
