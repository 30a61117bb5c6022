// The same work on other systems, next to ours. They are no dependencies of Baton: bench/peers has a package.json of
// its own, which is installed when this is run for the first time.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { benchEngine, type EngineFigures } from "./engine.ts";

const folder = fileURLToPath(new URL("./peers/", import.meta.url));

/** Measures Baton and Restate one after the other, and prints figures and ratios. */
export async function benchPeers(): Promise<void> {
  install();
  const ours = await benchEngine();
  const theirs = measureRestate();
  say("steps/s", ours.stepsPerSecond, theirs.stepsPerSecond, ours.stepsPerSecond / theirs.stepsPerSecond);
  say("µs CPU per step", ours.cpuMicrosPerStep, theirs.cpuMicrosPerStep, theirs.cpuMicrosPerStep / ours.cpuMicrosPerStep);
  say("ms for one run alone (p50)", ours.aloneMs, theirs.aloneMs, theirs.aloneMs / ours.aloneMs);
}

/** In a process of its own, whose last line is the figures: Restate's SDK writes its log before it. */
function measureRestate(): EngineFigures {
  const output = execFileSync(process.execPath, ["restate.ts"], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as EngineFigures;
}

/** Installs the peers, unless the one that is needed is there. */
export function install(needed = "@restatedev/restate-sdk"): void {
  if (existsSync(`${folder}node_modules/${needed}`)) return;
  console.log("peers: installing bench/peers (once)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
}

function say(what: string, ours: number, theirs: number, ratio: number): void {
  console.log(`peers: ${what}: Baton ${ours.toFixed(1)}, Restate ${theirs.toFixed(1)}: ${ratio.toFixed(1)} times better`);
}
