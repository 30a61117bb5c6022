#!/usr/bin/env node
// The entry that npm links: plain JavaScript that any Node from 20 up can run. Where this Node is
// too old to run TypeScript, it hands over to the Node that came with the dependencies.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

const oldestMajor = 24;
const main = new URL("../main.ts", import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
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
  const child = spawn(carried, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code ?? 1)));
}
