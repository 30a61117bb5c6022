// Objects of all kinds that are applied together: checked as a whole, stored in one transaction, then put in force.
import type { Deployments } from "./deployments/deployments.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { WrittenObjects } from "./jobs/read/objects.ts";
import type { AppliedObject } from "./jobs/staged.ts";
import type { Autoscalers } from "./scaling/autoscalers.ts";

/** Where objects go. */
export interface ApplyParts {
  readonly jobs: Jobs;
  readonly deployments: Deployments;
  readonly autoscalers: Autoscalers;
}

/** All of them or none; rejects with what keeps them from being applied. */
export function applyObjects({ jobs, deployments, autoscalers }: ApplyParts, written: WrittenObjects): Promise<readonly AppliedObject[]> {
  const { objects } = jobs;
  return objects.turns.take(() => {
    // What can be refused without a trace goes first, what is in force at once last.
    const staged = [deployments.stage(written.deployments, written.packages), autoscalers.stage(written.autoscalers)];
    return jobs.applyStaged([objects.stage(written), ...staged]);
  });
}

/** What would become of them; throws what keeps them from being applied. Nothing changes. */
export function checkObjects({ jobs, deployments, autoscalers }: ApplyParts, written: WrittenObjects): readonly AppliedObject[] {
  const queues = jobs.objects.check(written);
  return [...queues, ...deployments.check(written.deployments, written.packages), ...autoscalers.stage(written.autoscalers).results];
}
