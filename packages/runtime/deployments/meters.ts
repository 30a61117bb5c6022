// What is counted of deployments since the start: everything that their journals tell.
import { increment } from "../stats.ts";
import type { DeploymentAction } from "../jobs/audit.ts";

/** One count with what it is about. */
export interface DeploymentCount {
  readonly deployment: string;
  readonly action: DeploymentAction;
  /** Of replicas that ended: by themselves, for their checks, or because they were not wanted any more. */
  readonly cause: string;
  readonly count: number;
}

/** Counters of all deployments. */
export class DeploymentMeters {
  readonly #counts = new Map<string, number>();

  /** Something happened to a deployment. */
  count(deployment: string, action: DeploymentAction, cause = ""): void {
    increment(this.#counts, `${deployment} ${action} ${cause}`);
  }

  /** One that is gone is measured no more. */
  forget(deployment: string): void {
    for (const key of this.#counts.keys()) if (key.startsWith(`${deployment} `)) this.#counts.delete(key);
  }

  read(): readonly DeploymentCount[] {
    return [...this.#counts].map(([key, count]) => {
      const [deployment = "", action = "", cause = ""] = key.split(" ");
      return { deployment, action: action as DeploymentAction, cause, count };
    });
  }
}
