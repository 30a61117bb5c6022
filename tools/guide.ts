// `npm run guide`: runs the commands that the guide shows and writes what they print below them. A command is a line of a
// `console` block that begins with "$ "; what follows in the block is its output. With `--check` nothing is written, and commands
// whose output is not what stands there are named.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where the public logs are that some commands read; they are not part of the project. */
const logs = join(root, "../shared/data/swf");

/** A command of a page, and what stands below it. */
export interface ShownCommand {
  readonly page: string;
  readonly command: string;
  readonly output: string;
}

const block = /^```console\n\$ ((?:[^\n]*\\\n)*[^\n]*)\n([\s\S]*?)^```$/gm;

/** The commands of all pages of the guide. */
export function shownCommands(): ShownCommand[] {
  return globSync("docs/guide/*.md", { cwd: root }).flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(block)].map(([, command = "", output = ""]) => ({ page, command, output })),
  );
}

/** The public log that a command reads, if it is not there. */
export function missingLog(command: string): string | undefined {
  const log = /--trace ([\w-]+\.swf\.gz)/.exec(command)?.[1];
  return log !== undefined && !existsSync(join(logs, log)) ? log : undefined;
}

/** What a command prints on standard output. */
export function outputOf(command: string): string {
  const line = command
    .replace(/\\\n\s*/g, "")
    .replace(/^npx baton/, `"${process.execPath}" packages/cli/bin/baton.mjs`)
    .replace(/^npm run -s (\S+)/, (_, script: string) => scriptOf(script))
    .replace(/--trace ([\w-]+\.swf\.gz)/, `--trace "${logs}/$1"`);
  return execFileSync("sh", ["-c", line], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function scriptOf(name: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { readonly [name: string]: string } };
  return (scripts[name] ?? "").replace(/^node /, `"${process.execPath}" `);
}

function rewrite(page: string): void {
  const path = join(root, page);
  const text = readFileSync(path, "utf8");
  const written = text.replace(block, (whole, command: string) =>
    missingLog(command) === undefined ? `\`\`\`console\n$ ${command}\n${outputOf(command)}\`\`\`` : whole,
  );
  if (written !== text) writeFileSync(path, written);
}

if (import.meta.main) {
  if (process.argv.includes("--check")) {
    for (const { page, command, output } of shownCommands()) {
      if (missingLog(command) !== undefined || outputOf(command) === output) continue;
      console.log(`${page}: "${command}" prints something else; run: npm run guide`);
      process.exitCode = 1;
    }
  } else for (const page of new Set(shownCommands().map((shown) => shown.page))) rewrite(page);
}
