// The commands about what is deployed as commander knows them.
import type { Command } from "commander";
import type { DeployOptions } from "./commands/function-packages.ts";
import { parseTimeout, parseVersion, printing, type Does } from "./program-options.ts";

/** `deployment ...`. */
export function addDeploymentCommands(program: Command, does: Does): void {
  const deployment = printing(
    program
      .command("deployment")
      .description("look at, roll back and remove what is deployed; `baton apply -f FILE` creates and changes it"),
  );
  does(deployment.command("list").description("list what is deployed, with how much of it is ready"), async (context) =>
    (await import("./commands/deployments.ts")).listDeployments(context),
  );
  const describe = deployment.command("describe").description("show the replicas of one: where they run, and what is wrong with them");
  does(describe.argument("<name>"), async (context, _options, name: string) =>
    (await import("./commands/deployments.ts")).describeDeployment(context, name),
  );
  const history = deployment.command("history").description("list the versions that one can go back to").argument("<name>");
  does(history, async (context, _options, name: string) => (await import("./commands/deployments.ts")).deploymentHistory(context, name));
  const rollback = deployment
    .command("rollback")
    .description("go back to the version before, or to the one that serves while a rollout is stalled")
    .argument("<name>")
    .option("--to <version>", "to this version of `deployment history`", parseVersion)
    .addHelpText("after", "\nExample:\n  baton deployment rollback web --to 3");
  does<{ readonly to?: number }>(rollback, async (context, options, name: string) =>
    (await import("./commands/deployments.ts")).rollBackDeployment(context, name, options),
  );
  const resume = deployment
    .command("resume")
    .description("try a version once more whose rollout has stalled")
    .argument("<name>")
    .addHelpText("after", "\nExample:\n  baton deployment resume web");
  does(resume, async (context, _options, name: string) => (await import("./commands/deployments.ts")).resumeDeployment(context, name));
  const remove = deployment.command("delete").description("stop all replicas in order; then it is gone").argument("<name...>");
  does(remove, async (context, _options, names: readonly string[]) =>
    (await import("./commands/deployments.ts")).deleteDeployments(context, names),
  );
}

/** `autoscaler ...`. */
export function addAutoscalerCommands(program: Command, does: Does): void {
  const autoscaler = printing(
    program
      .command("autoscaler")
      .description("look at and remove autoscalers; `baton apply -f FILE` creates them, `baton plan -f FILE` tries them"),
  );
  does(autoscaler.command("list").description("list them with what they decided last, and why"), async (context) =>
    (await import("./commands/autoscalers.ts")).listAutoscalers(context),
  );
  const describe = autoscaler.command("describe").description("show one with what it measured").argument("<name>");
  does(describe, async (context, _options, name: string) => (await import("./commands/autoscalers.ts")).describeAutoscaler(context, name));
  const remove = autoscaler.command("delete").description("remove autoscalers; what they scaled stays as it is").argument("<name...>");
  does(remove, async (context, _options, names: readonly string[]) =>
    (await import("./commands/autoscalers.ts")).deleteAutoscalers(context, names),
  );
}

/** `function deploy|logs`: packages of functions. */
export function addPackageCommands(group: Command, does: Does): void {
  const deploy = group
    .command("deploy")
    .description("give the server a folder of functions, which it runs as their calls need: baton function deploy ./resize")
    .argument("<folder>", "with a baton.function.yaml: name, entry, min, max, concurrency, idle")
    .option("--no-wait", "do not wait until the functions can be called")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout);
  does<DeployOptions>(deploy, async (context, options, folder: string) =>
    (await import("./commands/function-packages.ts")).deployPackage(context, folder, options),
  );
  const logs = group.command("logs").description("print what the instances of a package have written").argument("<package>");
  does(logs, async (context, _options, name: string) => (await import("./commands/function-packages.ts")).packageLogs(context, name));
}
