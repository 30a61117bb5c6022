// Scaling by target: pure decisions about how many there are to be.
export { decideScale, type ScaleFacts } from "./decide.ts";
export type { HoldReason, Reading, Recommendation, ScaleDecision, ScaleRule, Wish } from "./types.ts";
