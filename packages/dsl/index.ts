// Workflow text to a validated intermediate form, with diagnostics.
export type * from "./ir.ts";
export { standardVariables } from "./ir.ts";
export type { Diagnostic, Position } from "./diagnostics.ts";
