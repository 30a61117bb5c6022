// Routes about what runs wait for, and about those that nothing would ever wake.
import { bodyErrors, idempotencyKey, noBody, pageSize, pageToken, type Route } from "./route.ts";

const one: Route["answers"] = { 200: { summary: "What the run waits for, and what is wrong with it.", schema: "Diagnosis" } };

/** By operation. */
export const doctorRoutes = {
  listDiagnoses: {
    method: "GET",
    path: "/v1/diagnoses",
    tag: "runs",
    summary: "What each run that has not ended waits for, and what keeps it from going on, in the order of their ids.",
    parameters: [pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "DiagnosisPage" } },
    errors: [],
  },
  getDiagnosis: {
    method: "GET",
    path: "/v1/runs/{id}/diagnosis",
    tag: "runs",
    summary: "What a run waits for, and what keeps it from going on.",
    parameters: [],
    answers: one,
    errors: ["run-unknown"],
  },
  wakeRun: {
    method: "POST",
    path: "/v1/runs/{id}:wake",
    tag: "runs",
    summary: "Asks again for all that a run waits for, under the same names; harmless where nothing was lost.",
    parameters: [idempotencyKey],
    body: noBody,
    answers: one,
    errors: [...bodyErrors, "run-unknown", "run-incident", "run-contended", "idempotency-key-reused"],
  },
} as const satisfies { readonly [operationId: string]: Route };
