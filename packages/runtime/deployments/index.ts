// What is deployed: services and functions that are kept up by jobs.
export { Deployments, type DeploymentsParts } from "./deployments.ts";
export type { DeploymentCount, DeploymentMeters } from "./meters.ts";
export { readDeployment, type DeploymentSpec, type DeployPolicy } from "./spec.ts";
export type { PackageHost, PackageSpec } from "./package-host.ts";
export type { WrittenPackage } from "./package.ts";
export type { DeploymentView, ReplicaView } from "./view.ts";
