// Approvals: what waits for a person, and the answers. The runs that wait are found by the reason that their summaries
// give; an answer is a command of the run, stored with what follows from it.
import { BatonError, newId, type Random } from "@baton/core";
import { approvalReason, approvalsOf, rejections, type ApprovalAnswer, type PendingApproval } from "@baton/engine";
import type { RunFilter, Store } from "@baton/storage";
import type { ApprovalDesk, ApprovalProblem, RunApproval } from "./approval-view.ts";
import type { Clock } from "./clock.ts";
import type { Driver, Outcome } from "./driver.ts";
import { runtimeError } from "./errors.ts";

/** What approvals need of the runtime. */
export interface ApprovalParts {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: Random;
}

/** What waits for people. */
export class Approvals implements ApprovalDesk {
  readonly #parts: ApprovalParts;

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
  }

  async list(tenant: string, afterRun: string | undefined, runs: number): ReturnType<ApprovalDesk["list"]> {
    const order = { field: "id", descending: false } as const;
    const after = afterRun === undefined ? {} : { after: afterRun };
    const found = await this.#parts.store.listRuns({ tenant, filter: waiting, order, limit: runs, ...after });
    const approvals: RunApproval[] = [];
    for (const { id } of found) approvals.push(...(await this.#ofRun(tenant, id)));
    return { approvals, lastRun: found.length < runs ? null : (found.at(-1)?.id ?? null) };
  }

  async get(tenant: string, id: string): Promise<RunApproval> {
    const { runId, step } = partsOf(id);
    const all = await this.#ofRun(tenant, runId);
    const meant = step === undefined ? all : all.filter((one) => one.approval.step === step);
    const [first, ...more] = meant;
    if (first === undefined) throw refused("approval-unknown", id);
    if (more.length === 0) return first;
    const ids = meant.map(({ run, approval }) => idOf(run.id, approval.step)).join(", ");
    throw runtimeError("approval-ambiguous", { message: `The run waits for ${meant.length} approvals: ${ids}.`, where: id });
  }

  async answer(tenant: string, id: string, answer: ApprovalAnswer): ReturnType<ApprovalDesk["answer"]> {
    const found = await this.get(tenant, id);
    const problems = formProblems(found.approval, answer);
    if (problems.length > 0) return { ok: false, error: problems };
    const { driver, clock, random } = this.#parts;
    const { step } = found.approval;
    const command = { type: "AnswerApproval", step, eventId: newId("evt", clock.now(), random), answer } as const;
    const outcome = await new Promise<Outcome>((settled) => driver.send({ tenant, runId: found.run.id, command, settled }));
    if (outcome.kind === "failed") throw outcome.error;
    if (outcome.kind === "rejected") throw refused(outcome.code === "run-final" ? "approval-unknown" : outcome.code, id);
    return { ok: true, value: found };
  }

  /** A run that cannot be read has nothing to be answered; the doctor tells of it. */
  async #ofRun(tenant: string, runId: string): Promise<readonly RunApproval[]> {
    const run = await this.#find(tenant, runId);
    return run === null ? [] : approvalsOf(run.state).map((approval) => ({ run: run.summary, approval }));
  }

  async #find(tenant: string, runId: string): ReturnType<Driver["find"]> {
    try {
      return await this.#parts.driver.find(tenant, runId);
    } catch (error) {
      if (error instanceof BatonError && error.code === "run-incident") return null;
      throw error;
    }
  }
}

const waiting: RunFilter = {
  kind: "and",
  parts: [
    { kind: "text", column: "reason", operator: "=", value: approvalReason, pattern: false },
    { kind: "not", part: { kind: "has", of: "column", column: "endedAt" } },
  ],
};

/** An approval's id: its run, and the step that waits. */
export function idOf(runId: string, step: number): string {
  return `${runId}.${step}`;
}

/** A run's id alone means its only approval. */
function partsOf(id: string): { readonly runId: string; readonly step?: number } {
  const parts = /^([^.]+)\.(\d{1,9})$/.exec(id);
  return parts === null ? { runId: id } : { runId: parts[1] ?? "", step: Number(parts[2]) };
}

/** A rejection needs no form. */
function formProblems({ form }: PendingApproval, { approved, form: given }: ApprovalAnswer): readonly ApprovalProblem[] {
  if (form === undefined) return given === undefined ? [] : [{ pointer: "/form", detail: "the task asks for no form" }];
  if (!approved && given === undefined) return [];
  if (given === undefined) return [{ pointer: "/form", detail: "the task asks for a form" }];
  return form.check(given).map(({ pointer, message }) => ({ pointer: `/form${pointer}`, detail: message }));
}

function refused(code: keyof typeof rejections, where: string): BatonError {
  return new BatonError(code, rejections[code], { where });
}
