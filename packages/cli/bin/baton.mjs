#!/usr/bin/env node
// The entry that npm links: plain JavaScript that any Node from 20 up can run. Where this Node is
// too old to run TypeScript, it hands over to the Node that came with the dependencies.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;
/** Set for the Node that this one hands over to. */
const launched = "BATON_LAUNCHED";
const main = new URL("../main.ts", import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  endWithLauncher();
  const { directory } = nodeModule.enableCompileCache?.() ?? {};
  // Worker threads take the cache from the environment: without it they strip types and compile anew at every start.
  if (directory) process.env.NODE_COMPILE_CACHE ??= directory;
  await import(main.href);
} else {
  const carried = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  if (!existsSync(carried)) {
    console.error(
      `baton: this is Node ${process.versions.node}; Baton runs on Node ${oldestMajor} or newer.\n` +
        `Run "npm ci" in the project's folder (it brings Node ${oldestMajor} along on Linux), or install Node ${oldestMajor}.`,
    );
    process.exit(2);
  }
  const child = spawn(carried, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [launched]: "1" },
  });
  const passOn = (signal) => void child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, passOn);
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // Ends as the child did, which a listener would prevent.
    for (const passed of signals) process.off(passed, passOn);
    process.kill(process.pid, signal);
  });
}

/** SIGKILL can't be passed on: whoever kills the process that they started means this one, which notices by the channel's end. */
function endWithLauncher() {
  if (process.env[launched] === undefined) return;
  delete process.env[launched];
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.channel?.unref();
}
