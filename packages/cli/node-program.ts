// The commands about nodes as commander knows them.
import type { Command } from "commander";
import type { JoinOptions } from "./commands/node-join.ts";
import type { DrainOptions, TopOptions } from "./commands/nodes.ts";
import type { TokenOptions } from "./commands/node-tokens.ts";
import { collect, parseTimeout, printing, type Does } from "./program-options.ts";

/** `node ...`. */
export function addNodeCommands(program: Command, does: Does): void {
  const node = printing(program.command("node").description("the machines and workers that run jobs"));
  addLooking(node, does);
  addHandling(node, does);
  addJoin(node, does);
  addTokens(node, does);
}

function addLooking(node: Command, does: Does): void {
  const list = node.command("list").description("list them, also those that are lost and may come back");
  does(list.addHelpText("after", "\nExample:\n  baton node list -o wide"), async (context) =>
    (await import("./commands/nodes.ts")).listNodes(context),
  );
  const describe = node.command("describe").description("show one with what it has, what it runs and how busy it is").argument("<name>");
  does(describe.addHelpText("after", "\nExample:\n  baton node describe worker-1 -o json"), async (context, _options, name: string) =>
    (await import("./commands/nodes.ts")).describeNode(context, name),
  );
  const top = node
    .command("top")
    .description("show how busy they are: what is in use, and what jobs were given")
    .option("-w, --watch", "again every two seconds")
    .addHelpText("after", "\nExample:\n  baton node top --watch");
  does<TopOptions>(top, async (context, options) => (await import("./commands/nodes.ts")).topNodes(context, options));
}

function addHandling(node: Command, does: Does): void {
  const drain = node
    .command("drain")
    .description("let the jobs of nodes finish and give them no more")
    .argument("<name...>")
    .option("--wait", "until their jobs have ended")
    .option("--timeout <duration>", "wait no longer than this", parseTimeout)
    .addHelpText("after", "\nExample:\n  baton node drain worker-1 --wait --timeout 1h");
  does<DrainOptions>(drain, async (context, options, names: readonly string[]) =>
    (await import("./commands/nodes.ts")).drainNodes(context, names, options),
  );
  for (const verb of ["cordon", "uncordon"] as const) {
    const command = node
      .command(verb)
      .description(verb === "cordon" ? "give nodes no more jobs" : "give nodes jobs again that were cordoned or drained")
      .argument("<name...>")
      .addHelpText("after", `\nExample:\n  baton node ${verb} worker-1`);
    does(command, async (context, _options, names: readonly string[]) =>
      (await import("./commands/nodes.ts")).commandNodes(context, verb, names),
    );
  }
  const remove = node
    .command("remove")
    .description("forget nodes that are lost: their names are free, and their keys let nobody in any more")
    .argument("<name...>")
    .addHelpText("after", "\nExample:\n  baton node remove worker-1");
  does(remove, async (context, _options, names: readonly string[]) => (await import("./commands/nodes.ts")).removeNodes(context, names));
}

function addJoin(node: Command, does: Does): void {
  const join = node
    .command("join")
    .description("make this machine, or the nodes of a Kubernetes cluster, nodes of a server, until it is told to stop")
    .argument("<url>", "the server")
    .option("--name <name>", "what it is called; the machine's name with four more characters, when nothing is said")
    .option("--data <dir>", "where it keeps its identity and its jobs", ".baton-node")
    .option("--pool <pool>", "the pool that it belongs to")
    .option("--zone <zone>", "the zone that it is in")
    .option("--label <key=value>", "what tells it from others; repeatable", collect)
    .option(
      "--address <host>",
      "where others reach what runs here; the address that this machine reaches the server from, when nothing is said",
    )
    .option("--drain", "let its jobs finish when it stops, and take no more; a second interrupt stops it at once")
    .option("--stop-jobs", "end its jobs when it stops; otherwise they run on, and the next start takes them up")
    .option("--kubernetes <kubeconfig...>", "join the nodes of these clusters in its place: FILE, FILE:CONTEXT or in-cluster")
    .option(
      "--kubernetes-namespaces <name...>",
      "where jobs may go there, the first one unless they say; the context's own, when nothing is said",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  baton node join https://baton.example.org --token bnt_... --pool batch --label disk=ssd" +
        "\n  baton node join https://baton.example.org --token bnt_... --kubernetes ~/.kube/config:staging",
    );
  does<JoinOptions>(join, async (context, options, url: string) =>
    (await import("./commands/node-join.ts")).joinNode(context, url, options),
  );
}

function addTokens(node: Command, does: Does): void {
  const token = node.command("token").description("tokens that machines join with");
  const create = token
    .command("create")
    .description("make a token; it is shown this once")
    .option("--expires <duration>", "how long it is good, a day when nothing is said: 30m, PT12H", parseTimeout)
    .option("--note <text>", "what it is for")
    .addHelpText("after", "\nExample:\n  baton node token create --expires 1h");
  does<TokenOptions>(create, async (context, options) => (await import("./commands/node-tokens.ts")).createToken(context, options));
  does(token.command("list").description("list them; their texts are not kept"), async (context) =>
    (await import("./commands/node-tokens.ts")).listTokens(context),
  );
  const remove = token.command("delete").description("delete tokens; nodes that have joined with them stay").argument("<id...>");
  does(remove, async (context, _options, ids: readonly string[]) => (await import("./commands/node-tokens.ts")).deleteTokens(context, ids));
}
