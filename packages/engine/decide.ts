// Decides a command: what has happened by it, what the world must do, and the state after it. Pure and total: the
// same state, command and facts give the same decision, and nothing is thrown but a broken assertion. A decision goes
// through as many moves as it may (limits.ts), then asks to be continued.
import { advance, resume } from "./advance.ts";
import { receive } from "./answer.ts";
import { answerApproval } from "./approvals.ts";
import type { Command } from "./commands.ts";
import { awaitsSlot, slotRefused } from "./concurrency.ts";
import { migratedTo, type Definitions } from "./definitions.ts";
import { exceededLimit } from "./data-size.ts";
import type { Effect } from "./effects.ts";
import { rejections, type RejectionCode } from "./errors.ts";
import type { WorkflowEvent } from "./events.ts";
import { draftOf } from "./evolve.ts";
import type { Facts } from "./facts.ts";
import { cancelRun, faultRun } from "./flow.ts";
import { forkRun } from "./fork-run.ts";
import { migrateRun, migrationProblems } from "./migrate-run.ts";
import { askForEvents, receiveEvent } from "./receive-event.ts";
import { retryRun } from "./retry-run.ts";
import { startRun } from "./start-run.ts";
import { isFinal, type RunState } from "./state.ts";
import { emit, newTurn, stateOf, type EndedStep, type Turn } from "./turn.ts";

/** A decision that was not refused. Perform the effects when the events are durable, not before. */
export interface Decided {
  readonly events: readonly WorkflowEvent[];
  readonly effects: readonly Effect[];
  /** The steps that ended by it, to be counted. */
  readonly ended: readonly EndedStep[];
  readonly state: RunState;
}

/** What a command leads to. */
export type Decision =
  | ({ readonly ok: true } & Decided)
  | { readonly ok: false; readonly rejected: { readonly code: RejectionCode; readonly reason: string } };

/** Decides a command against a run's state (null: there is no such run yet). The state is left as it was. */
export function decide(workflow: Definitions, state: RunState | null, command: Command, facts: Facts): Decision {
  const refusal = refuse(state, command);
  if (refusal !== null) return rejected(refusal);
  const problems = command.type === "MigrateRun" && state !== null ? migrationProblems(workflow, state, command.to) : [];
  if (problems.length > 0) return rejected("run-not-migratable", problems.join("; "));
  const turn = newTurn(command.type === "MigrateRun" ? migratedTo(workflow, command.to) : workflow, facts, state && draftOf(state));
  if (command.type === "AnswerApproval") {
    const code = answerApproval(turn, command);
    if (code !== null) return rejected(code);
  } else perform(turn, command);
  advance(turn);
  const { events, effects, ended } = turn;
  return { ok: true, events, effects, ended, state: events.length === 0 && state !== null ? state : stateOf(turn) };
}

function rejected(code: RejectionCode, reason = rejections[code].summary): Decision {
  return { ok: false, rejected: { code, reason } };
}

function refuse(state: RunState | null, command: Command): RejectionCode | null {
  if (command.type === "StartRun") {
    if (state !== null) return "run-exists";
    return exceededLimit(command.input) === null ? null : "run-input-too-large";
  }
  if (state === null) return "run-not-started";
  if (command.type === "ForkRun") return null;
  if (command.type === "RetryRun") return state.phase === "faulted" && command.standing.frames.size > 0 ? null : "run-not-retryable";
  return isFinal(state) ? "run-final" : null;
}

function perform(turn: Turn, command: Exclude<Command, { readonly type: "AnswerApproval" }>): void {
  switch (command.type) {
    case "StartRun":
      return startRun(turn, command);
    case "CompleteWork":
    case "FailWork":
    case "FireTimer":
      return receive(turn, command);
    case "ReceiveEvent":
      return receiveEvent(turn, command);
    case "ContinueRun":
      return resume(turn);
    case "AdmitRun":
      if (awaitsSlot(stateOf(turn))) emit(turn, { type: "RunAdmitted" });
      return resume(turn);
    case "RefuseRun":
      if (awaitsSlot(stateOf(turn))) faultRun(turn, slotRefused(command.reason));
      return;
    case "SuspendRun":
      if (stateOf(turn).phase === "running") emit(turn, { type: "RunSuspended" });
      return;
    case "ResumeRun":
      if (stateOf(turn).phase === "suspended") {
        emit(turn, { type: "RunResumed" });
        askForEvents(turn);
      }
      return resume(turn);
    case "RetryRun":
      return retryRun(turn, command.standing);
    case "ForkRun":
      return forkRun(turn, command);
    case "MigrateRun":
      return migrateRun(turn);
    case "TerminateRun":
      return emit(turn, { type: "RunCancelled", terminated: true });
    case "CancelRun":
      return cancelRun(turn, command.reason === undefined ? {} : { reason: command.reason });
  }
}
