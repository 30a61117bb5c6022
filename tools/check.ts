// The habit before every commit: format, lint, types, pure types, then tidy and the tests without I/O.
// The first four run side by side; everything that failed is printed, not only the first.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const sideBySide: readonly Step[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--deny-warnings"] },
  { name: "types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "pure types", command: ["tsc", "-p", "tsconfig.pure.json"] },
];
const integration = ["**/*.int.test.ts", "**/*.e2e.test.ts"];
const unit: Step = {
  name: "unit",
  command: ["vitest", "run", "--no-isolate", "--reporter=dot", ...integration.map((glob) => `--exclude=${glob}`)],
};

function run(step: Step): Promise<boolean> {
  return new Promise((resolve) => {
    const started = performance.now();
    const [program, ...args] = step.command;
    const child = spawn(`${root}node_modules/.bin/${program}`, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "" },
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("close", (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? "ok    " : "FAILED"} ${step.name} (${seconds} s)`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });
}

const results = await Promise.all(sideBySide.map(run));
results.push(await run(unit));
if (results.includes(false)) process.exitCode = 1;
