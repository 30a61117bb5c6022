// Faults of OpenAPI calls: each names the operation, and says what of it is not as the caller or the document has it.
import { err, type Result } from "@baton/core";
import type { WorkFault } from "@baton/engine";

/** The caller gave something that the operation does not take, or left out what it needs. */
export function callFault(operation: string, detail: string): Result<never, WorkFault> {
  return err({ kind: "configuration", status: 400, title: "Invalid OpenAPI call", detail: `The operation ${operation}: ${detail}` });
}

/** The document is not one, or contradicts itself. */
export function documentFault(uri: string, detail: string): Result<never, WorkFault> {
  return err({ kind: "configuration", status: 400, title: "Invalid OpenAPI document", detail: `The document ${uri} ${detail}` });
}

/** Thrown within these files to leave nested reading at once; caught where the call begins. */
export class Unusable extends Error {
  override readonly name = "Unusable";
  readonly fault: WorkFault;

  constructor(result: Result<never, WorkFault>) {
    super("The OpenAPI call cannot be made.");
    this.fault = (result as { readonly error: WorkFault }).error;
  }
}
