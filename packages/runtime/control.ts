// What people ask of a run that goes on: each is a command. One that has taken effect already is no error.
import type { Command } from "@baton/engine";
import type { Driver, Outcome } from "./driver.ts";
import { runtimeError } from "./errors.ts";
import type { Repairs } from "./repairs.ts";
import type { RunVerb } from "./runtime.ts";

const commands: { readonly [V in Exclude<RunVerb, "retry">]: Command } = {
  cancel: { type: "CancelRun" },
  terminate: { type: "TerminateRun" },
  suspend: { type: "SuspendRun" },
  resume: { type: "ResumeRun" },
};

/** Asks it of a run; rejects with command-refused in the wrong state. */
export async function commandRun(driver: Driver, repairs: Repairs, tenant: string, runId: string, verb: RunVerb): Promise<void> {
  if (verb === "retry") return repairs.retry(tenant, runId);
  const outcome = await new Promise<Outcome>((settled) => driver.send({ tenant, runId, command: commands[verb], settled }));
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "rejected") refuse(verb, outcome);
}

function refuse(verb: RunVerb, { run, reason }: Extract<Outcome, { kind: "rejected" }>): void {
  const status = run?.summary.status ?? "unknown";
  if ((verb === "cancel" || verb === "terminate") && status === "cancelled") return;
  throw runtimeError("command-refused", { message: `The run is ${status}: ${reason}`, ...(run && { where: run.id }) });
}
