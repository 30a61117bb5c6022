// Scaling of what is deployed here and elsewhere.
export { Autoscalers, type AutoscalersParts, type AutoscalerView, type ScaleView } from "./autoscalers.ts";
export type { ScaleMeters, ScaleStats } from "./meters.ts";
export { readAutoscaler, type AutoscalerSpec, type MetricSpec, type ScaleTargetSpec } from "./spec.ts";
export type { ClusterScale } from "./targets.ts";
