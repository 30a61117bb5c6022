// Workflow errors: the specification's standard types under every base that documents use, and the errors of
// the engine's own limits. See dsl-reference, "Error" and "Standard Error Types".
import { runLimits, type RunLimit } from "./limits.ts";
import type { NamedFault, StandardErrorKind, WorkFault, WorkflowError } from "./work.ts";

/** The base under which standard types are written. */
export const errorTypeBase = "https://open-workflow-specification.org/spec/1.0.0/errors/";

const standardErrors: { readonly [K in StandardErrorKind]: { readonly status: number; readonly title: string } } = {
  configuration: { status: 400, title: "Invalid configuration" },
  validation: { status: 400, title: "Invalid data" },
  expression: { status: 400, title: "Expression failed" },
  authentication: { status: 401, title: "Authentication failed" },
  authorization: { status: 403, title: "Not authorized" },
  timeout: { status: 408, title: "Timed out" },
  communication: { status: 500, title: "Communication failed" },
  runtime: { status: 500, title: "Runtime failure" },
};

const anyBase =
  /^https?:\/\/(?:open-workflow-specification\.org|serverlessworkflow\.io)\/(?:spec\/\d+\.\d+\.\d+\/errors|dsl\/errors\/types)\/([a-z]+)$/;

/** The type under the current base where it is a standard one under any base, else the type as it is. */
export function canonicalErrorType(type: string): string {
  const kind = anyBase.exec(type)?.[1];
  return kind !== undefined && Object.hasOwn(standardErrors, kind) ? errorTypeBase + kind : type;
}

/** A standard error; status and title are the standard's own unless given. */
export function standardError(
  kind: StandardErrorKind,
  instance: string,
  own: { readonly status?: number; readonly title?: string; readonly detail?: string } = {},
): WorkflowError {
  return { type: errorTypeBase + kind, ...standardErrors[kind], ...own, instance };
}

/** What an executor or a sub-run reports, as the error of the step that asked. */
export function reportedError(fault: WorkFault | NamedFault, instance: string): WorkflowError {
  if (!("kind" in fault)) return { ...fault, instance };
  const { kind, ...own } = fault;
  return standardError(kind, instance, own);
}

const limitErrors: { readonly [K in RunLimit]: { readonly title: string; readonly status: number; readonly unit: string } } = {
  movesPerDecision: { title: "Too much in one decision", status: 500, unit: "moves in one decision" },
  stepsPerRun: { title: "Too many steps", status: 508, unit: "steps in one run" },
  nesting: { title: "Nested too deeply", status: 500, unit: "steps within each other" },
  subRunDepth: { title: "Sub-flows nested too deeply", status: 508, unit: "runs that start each other" },
  forkBranches: { title: "Too many branches", status: 500, unit: "branches of one fork" },
  loopItems: { title: "Too many items", status: 500, unit: "items of one loop" },
  compensations: { title: "Too much to undo", status: 500, unit: "completed steps with a compensation" },
  dataSize: { title: "Data too large", status: 413, unit: "characters of JSON in one value" },
  dataDepth: { title: "Data too deep", status: 413, unit: "arrays and objects within each other" },
};

/** The error of a limit that was met. `what` says what met it, as the start of a sentence. */
export function limitError(limit: RunLimit, instance: string, what: string): WorkflowError {
  const { title, status, unit } = limitErrors[limit];
  return standardError("runtime", instance, {
    status,
    title,
    detail: `${what}: more than ${runLimits[limit]} ${unit} (limit "${limit}").`,
  });
}

/** Thrown inside the engine to fault the step at hand; caught where steps are moved on, never outside. */
export class Raised extends Error {
  override readonly name = "Raised";
  readonly error: WorkflowError;

  constructor(error: WorkflowError) {
    super(error.title);
    this.error = error;
  }
}
