// The backend without a server: a runtime in this process whose runs end with it.
import type { RunSummary, Status } from "@baton/api";
import { BatonError, formatInstant, type Json } from "@baton/core";
import type { Diagnostic } from "@baton/dsl";
import type { Runtime, RunUpdate } from "@baton/runtime";
import { openRuntime } from "@baton/server";
import type { RunSummary as StoredSummary } from "@baton/storage";
import type { Backend } from "./backend.ts";

const tenant = "default";
const keepAliveMs = 60_000;

/** What a run in this process may use. */
export interface LocalSetup {
  readonly secrets?: { readonly [name: string]: Json };
  readonly resourceFolder?: string;
}

/** What only shows when what a document takes from elsewhere is looked for; the first of it. */
function refused(diagnostics: readonly Diagnostic[]): BatonError {
  const first = diagnostics.find(({ severity }) => severity === "error");
  const entry = { summary: "The document is not a flow that can be run.", next: "Correct it, and try again.", retryable: false };
  if (first === undefined) return new BatonError("flow-invalid", entry);
  const { start, message, suggestion } = first;
  return new BatonError("flow-invalid", entry, {
    where: `line ${start.line}, column ${start.column}`,
    cause: new Error(message),
    ...(suggestion !== undefined && { next: suggestion }),
  });
}

/** Opens a runtime with a store in memory. */
export async function openLocalBackend(setup: LocalSetup): Promise<Backend> {
  const opened = await openRuntime({ ...setup, logLevel: "warning", firesSchedules: false });
  const { runtime } = opened;
  await runtime.recover();
  return {
    applyFlow: async (source) => {
      const registration = await runtime.registerFlow(tenant, source);
      if (registration.ok) return { ...registration.flow, created: registration.created };
      throw refused(registration.diagnostics);
    },
    listFlows: async () => (await runtime.listFlows(tenant)).map((flow) => ({ ...flow, createdAt: formatInstant(flow.createdAt) })),
    readFlow: async (name) => {
      const flow = await runtime.getFlow(tenant, name);
      return { ...flow, createdAt: formatInstant(flow.createdAt) };
    },
    startRun: async (workflow, input, idempotencyKey) => {
      const { runId } = await runtime.startRun({ tenant, workflow, input, ...(idempotencyKey !== undefined && { idempotencyKey }) });
      return { id: runId };
    },
    readRun: (id) => runtime.getRun(tenant, id),
    listRuns: async ({ limit, status, flow }) => {
      const runs = await runtime.listRuns({
        tenant,
        limit,
        ...(status !== undefined && { status }),
        ...(flow !== undefined && { workflow: flow }),
      });
      return runs.map(toSummary);
    },
    watchRun: (id, signal) => watch(runtime, id, signal),
    controlRun: async (id, verb) => {
      await runtime.command(tenant, id, verb);
      return runtime.getRun(tenant, id);
    },
    close: () => opened.close(),
  };
}

function toSummary(run: StoredSummary): RunSummary {
  return {
    id: run.id,
    workflow: { namespace: run.namespace, name: run.workflow, version: run.version },
    status: run.status as Status,
    startedAt: formatInstant(run.startedAt),
    endedAt: run.endedAt === null ? null : formatInstant(run.endedAt),
    reason: run.reason,
    parentId: run.parentId,
    forkedFrom: run.forkedFrom,
  };
}

/** The listener's calls as an iterable; a slow reader sees the newest state, not every one. */
async function* watch(runtime: Runtime, id: string, signal: AbortSignal): AsyncGenerator<RunUpdate["run"]> {
  let newest: RunUpdate | undefined;
  let wake = (): void => {};
  // The runtime's timers do not keep a process alive; a run that somebody follows does.
  const alive = setInterval(() => {}, keepAliveMs);
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort);
  const stop = await runtime.watchRun(tenant, id, (update) => {
    newest = update;
    wake();
  });
  try {
    while (!signal.aborted) {
      const update = newest;
      newest = undefined;
      if (update === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (newest !== undefined || signal.aborted) resolve();
        });
        continue;
      }
      yield update.run;
      if (update.final) return;
    }
  } finally {
    clearInterval(alive);
    stop();
    signal.removeEventListener("abort", onAbort);
  }
}
