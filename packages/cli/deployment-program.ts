// The commands about what is deployed as commander knows them.
import type { Command } from "commander";
import { printing, type Does } from "./program-options.ts";

/** `deployment ...`. */
export function addDeploymentCommands(program: Command, does: Does): void {
  const deployment = printing(
    program.command("deployment").description("look at and remove what is deployed; `baton apply -f FILE` creates and changes it"),
  );
  does(deployment.command("list").description("list what is deployed, with how much of it is ready"), async (context) =>
    (await import("./commands/deployments.ts")).listDeployments(context),
  );
  const describe = deployment.command("describe").description("show the replicas of one: where they run, and what is wrong with them");
  does(describe.argument("<name>"), async (context, _options, name: string) =>
    (await import("./commands/deployments.ts")).describeDeployment(context, name),
  );
  const remove = deployment.command("delete").description("stop all replicas in order; then it is gone").argument("<name...>");
  does(remove, async (context, _options, names: readonly string[]) =>
    (await import("./commands/deployments.ts")).deleteDeployments(context, names),
  );
}
