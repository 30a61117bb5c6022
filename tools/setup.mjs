// Sets the project up when that is needed: plain JavaScript, so that any Node from 20 up can run it.
// It installs the dependencies that the lock file names, Node 24 among them, and runs no install script.
// It does nothing when what is installed matches the lock file.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const oldestMajor = 20;
const marker = `${root}node_modules/.baton-setup`;
const wanted = createHash("sha256")
  .update(readFileSync(`${root}package-lock.json`))
  .digest("hex");

if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  console.error(`Baton needs Node ${oldestMajor} or newer to set itself up; this is Node ${process.versions.node}.`);
  process.exit(2);
}
const installed = existsSync(marker) && readFileSync(marker, "utf8") === wanted;
if (!installed) {
  console.error("setting up: npm ci (once)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { status } = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    console.error(
      "setting up failed: npm ci ended with an error (above). Check that the npm registry can be reached, then run the command again.",
    );
    process.exit(status ?? 1);
  }
  writeFileSync(marker, wanted);
}
