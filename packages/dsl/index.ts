// Workflow text to a validated intermediate form, with diagnostics.
export {
  compileDefinition,
  compileFunction,
  compileWorkflow,
  type CompileOptions,
  type CompileResult,
  type FunctionResult,
} from "./compile.ts";
export { broughtByWorkers, functionAt, functionNameProblem, type CatalogedFunction } from "./default-catalog.ts";
export type { Diagnostic, Position } from "./diagnostics.ts";
export { attributeNameProblem, attributeProblem, eventVersion, maxAttributeLength, standardAttributes } from "./event-attributes.ts";
export { formatDiagnostic, type FormatOptions } from "./format.ts";
export { standardVariables } from "./ir.ts";
export { nextAfterRun, nextFiring, type FiringRule } from "./schedule/firings.ts";
export { formatLocal } from "./schedule/zone.ts";
export type * from "./ir.ts";
export { compileJsonSchema } from "./schema/compile.ts";
export type { FetchedResource, ResourceNeed } from "./resource-desk.ts";
export { rules, type Rule } from "./rules.ts";
export { unsupportedFeatures, type UnsupportedFeature } from "./unsupported.ts";
