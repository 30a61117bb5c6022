// The commands about nodes as commander knows them.
import type { Command } from "commander";
import type { JoinOptions } from "./commands/node-join.ts";
import type { TokenOptions } from "./commands/node-tokens.ts";
import { collect, parseTimeout, printing, type Does } from "./program-options.ts";

/** `node ...`. */
export function addNodeCommands(program: Command, does: Does): void {
  const node = printing(program.command("node").description("the machines and workers that run jobs"));
  addJoin(node, does);
  addTokens(node, does);
}

function addJoin(node: Command, does: Does): void {
  const join = node
    .command("join")
    .description("make this machine a node of a server, until it is told to stop")
    .argument("<url>", "the server")
    .option("--name <name>", "what it is called; the machine's name with four more characters, when nothing is said")
    .option("--data <dir>", "where it keeps its identity and its jobs", ".baton-node")
    .option("--pool <pool>", "the pool that it belongs to")
    .option("--zone <zone>", "the zone that it is in")
    .option("--label <key=value>", "what tells it from others; repeatable", collect)
    .option("--stop-jobs", "end its jobs when it stops; otherwise they run on, and the next start takes them up")
    .addHelpText("after", "\nExample:\n  baton node join https://baton.example.org --token bnt_... --pool batch --label disk=ssd");
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
