// The commands about named locks as commander knows them.
import { Option, type Command } from "commander";
import type { LockNamespace, LockUseOptions } from "./commands/locks.ts";
import type { LockRunOptions } from "./commands/lock-run.ts";
import { parseTimeout, parseWhole, printing, type Does } from "./program-options.ts";

const example = (text: string): string => `\nExample:\n  ${text}`;

/** `lock ...`. */
export function addLockCommands(program: Command, does: Does): void {
  const lock = printing(program.command("lock").description("named locks: one at a time, a few at a time, a leader"));
  addLooking(lock, does);
  addHolding(lock, does);
  addBreak(lock, does);
  addRun(lock, does);
}

function addLooking(lock: Command, does: Does): void {
  const list = inNamespace(lock.command("list").description("list the locks that are in use")).addHelpText(
    "after",
    example("baton lock list"),
  );
  does<LockNamespace>(list, async (context, options) => (await import("./commands/locks.ts")).listLocks(context, options));
  const get = lock.command("get").alias("describe").description("show who holds one, since when, and who waits for it").argument("<name>");
  inNamespace(get).option("--watch", "go on, and show each change").addHelpText("after", example("baton lock get db --watch"));
  does<LockNamespace & { watch?: boolean }>(get, async (context, options, name: string) =>
    (await import("./commands/locks.ts")).getLock(context, name, options),
  );
}

function addHolding(lock: Command, does: Does): void {
  const acquire = used(lock.command("acquire").description("ask for one, and print its token; it ends with its lease unless it is renewed"))
    .option("--claim <name>", "the name of this wish; the owner's when nothing is said")
    .addHelpText("after", example("TOKEN=$(baton lock acquire db --owner import-7 --lease 10m --timeout 1m)"));
  does<LockUseOptions & { claim?: string }>(acquire, async (context, options, name: string) =>
    (await import("./commands/locks.ts")).acquireLock(context, name, options),
  );
  const renew = inNamespace(lock.command("renew").description("let the lease of one that is held begin anew").argument("<name>"))
    .requiredOption("--claim <name>", "the claim: its owner, where no other name was given")
    .requiredOption("--fence <token>", "the token that it is held under", parseWhole)
    .option("--lease <duration>", "another lease from now on: 30s, 10m", parseTimeout)
    .addHelpText("after", example("baton lock renew db --claim import-7 --fence 34"));
  does<LockNamespace & { claim: string; fence: number; lease?: number }>(renew, async (context, options, name: string) =>
    (await import("./commands/locks.ts")).renewLock(context, name, options),
  );
  const release = inNamespace(lock.command("release").description("give one up, or a place in its queue").argument("<name>"))
    .option("--claim <name>", "the claim: its owner, where no other name was given")
    .option("--fence <token>", "only if it is held under this token", parseWhole)
    .addHelpText("after", example("baton lock release db --claim import-7 --fence 34"));
  does<LockNamespace & { claim?: string; fence?: number }>(release, async (context, options, name: string) =>
    (await import("./commands/locks.ts")).releaseLock(context, name, options),
  );
}

function addBreak(lock: Command, does: Does): void {
  const command = lock
    .command("break")
    .description("take one away from all who hold it; they are told when they renew it, and their token is refused")
    .argument("<name>")
    .option("--claim <name>", "only this claim, also where it waits");
  inNamespace(command).addHelpText("after", example("baton lock break db --claim import-7"));
  does<LockNamespace & { claim?: string }>(command, async (context, options, name: string) =>
    (await import("./commands/locks.ts")).breakLock(context, name, options),
  );
}

function addRun(lock: Command, does: Does): void {
  const run = used(lock.command("run").description("run a command while one is held; it is ended when the lock is lost"))
    .argument("<command...>", "the program and its arguments, behind --")
    .option("--grace <duration>", "how long it may take to end before it is killed; 10 s when nothing is said", parseTimeout)
    .addHelpText("after", example("baton lock run nightly --try -- ./backup.sh   # which finds BATON_LOCK_TOKEN in its environment"));
  does<LockRunOptions>(run, async (context, options, name: string, command: readonly string[]) =>
    (await import("./commands/lock-run.ts")).runUnderLock(context, name, command, options),
  );
}

function inNamespace(command: Command): Command {
  return command.option("--namespace <namespace>", "the namespace; default when nothing is said");
}

/** What a lock is asked for with. */
function used(command: Command): Command {
  return inNamespace(command.argument("<name>"))
    .addOption(new Option("--kind <kind>", "what it is").choices(["mutex", "rwlock", "semaphore", "election"]).default("mutex"))
    .addOption(new Option("--mode <mode>", "of an rwlock").choices(["read", "write"]))
    .option("--size <number>", "of a semaphore: how many permits there are", parseWhole)
    .option("--permits <number>", "of a semaphore: how many are wanted", parseWhole)
    .option("--lease <duration>", "how long it is held without being renewed; 30 s when nothing is said", parseTimeout)
    .option("--timeout <duration>", "wait no longer than this; for ever when nothing is said", parseTimeout)
    .option("--try", "do not wait")
    .option(
      "--owner <name>",
      "who asks (acquire: this shell, run: a new one); claims of one owner count together when deadlocks are looked for",
    )
    .option("--value <json>", "shown to those who look: JSON, or @FILE");
}
