// Runs the suite and writes docs/reference/conformance.md from its results: `npm run conformance`.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pageFile, pageOf, type Result, type Results } from "./page.ts";
import { groupName } from "./suite-name.ts";

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
}

interface Assertion {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the tests; what fails is printed. */
async function run(file: string): Promise<Report> {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "test/conformance/conformance", "--reporter=json", `--outputFile=${file}`];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  return JSON.parse(readFileSync(file, "utf8")) as Report;
}

function resultsOf(report: Report): Results {
  const passed = new Map<string, Result>();
  for (const { ancestorTitles, title, status } of report.testResults.flatMap(({ assertionResults }) => assertionResults)) {
    passed.set([...ancestorTitles, title].join("\n"), status === "passed" ? "holds" : "fails");
  }
  return (part, section, sentence) => passed.get([groupName(part.title, section), sentence].join("\n")) ?? "not run";
}

const folder = mkdtempSync(join(tmpdir(), "baton-conformance-"));
try {
  const page = pageOf(resultsOf(await run(join(folder, "report.json"))));
  writeFileSync(pageFile, page);
  const missing = page.split("\n").filter((line) => /(?:fails|not run) \|$/.test(line));
  for (const line of missing) console.log(line);
  console.log(missing.length === 0 ? "Every sentence holds." : `${missing.length} sentences do not hold.`);
  if (missing.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
