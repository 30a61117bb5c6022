// What runs wait for, and those that nothing would ever wake.
import { apiError, type Diagnosis as DiagnosisView, type Status } from "@baton/api";
import { formatInstant } from "@baton/core";
import type { Diagnosis, Runtime } from "@baton/runtime";
import { tenant, type Handler } from "../exchange.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** GET /v1/diagnoses */
export const listDiagnoses: Handler = async (request, { runtime }) => {
  const size = pageSizeOf(request);
  const found = await runtime.doctor.examineRuns(tenant, startAfter(request), size + 1);
  return { status: 200, value: pageOf(found.map(diagnosisView), size, ({ id }) => id) };
};

/** GET /v1/runs/{id}/diagnosis */
export const getDiagnosis: Handler = async (request, { runtime }) => {
  return { status: 200, value: await diagnosisOf(runtime, request.path["id"] ?? "") };
};

/** POST /v1/runs/{id}:wake */
export const wakeRun: Handler = async (request, { runtime }) => {
  const { id = "" } = request.path;
  await runtime.doctor.wake(tenant, id);
  return { status: 200, value: await diagnosisOf(runtime, id) };
};

async function diagnosisOf(runtime: Runtime, id: string): Promise<DiagnosisView> {
  const diagnosis = await runtime.doctor.examineRun(tenant, id);
  if (diagnosis === null) throw apiError("run-unknown", { where: id });
  return diagnosisView(diagnosis);
}

/** A diagnosis as it goes over the wire. */
export function diagnosisView({ run, waits, findings }: Diagnosis): DiagnosisView {
  const { id, namespace, workflow: name, version, status, startedAt } = run;
  return {
    id,
    workflow: { namespace, name, version },
    status: status as Status,
    startedAt: formatInstant(startedAt),
    waits: waits.map(({ until, ...wait }) => ({ ...wait, until: until === null ? null : formatInstant(until) })),
    findings,
  };
}
