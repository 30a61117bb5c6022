// What the worker of an instance of a package is called: the program that runs packages makes it of its job in the same way.
import type { Job } from "./job.ts";

/** The name of the worker that a job brings; undefined where it brings none. */
export function instanceName({ id, definition: { work, environment } }: Job): string | undefined {
  if (work.kind !== "package") return undefined;
  const { BATON_DEPLOYMENT: deployment = "", BATON_REPLICA: replica = "" } = environment;
  return `${deployment}-${replica}-${id.slice(-6)}`.toLowerCase();
}
