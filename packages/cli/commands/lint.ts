// `baton lint FILE...`: every problem of every file, for people or for tools.
import { compileWorkflow, formatDiagnostic, type Diagnostic } from "@baton/dsl";
import { readText, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";

/** How findings are printed. */
export const lintFormats = ["text", "json", "sarif", "github"] as const;
export type LintFormat = (typeof lintFormats)[number];

interface Finding extends Diagnostic {
  readonly file: string;
}

/** Lints the files; fails when one of them has an error. */
export async function lint(context: Context, files: readonly string[], format: LintFormat): Promise<ExitCode> {
  const findings: Finding[] = [];
  for (const file of files) {
    const text = await readText(file);
    const result = compileWorkflow(text, { file });
    const diagnostics = result.ok ? result.warnings : result.diagnostics;
    findings.push(...diagnostics.map((diagnostic) => ({ ...diagnostic, file })));
    if (format === "text")
      for (const diagnostic of diagnostics) context.out(`${formatDiagnostic(text, file, diagnostic, { color: context.outStyle.color })}\n`);
  }
  if (format === "json") context.out(`${JSON.stringify(findings, null, 2)}\n`);
  if (format === "sarif") context.out(`${JSON.stringify(sarif(findings), null, 2)}\n`);
  if (format === "github") for (const finding of findings) context.out(`${githubLine(finding)}\n`);
  const errors = findings.filter((finding) => finding.severity === "error").length;
  context.say(
    `${files.length} file${files.length === 1 ? "" : "s"}, ${errors} error${errors === 1 ? "" : "s"}, ${findings.length - errors} warning${findings.length - errors === 1 ? "" : "s"}\n`,
  );
  return errors > 0 ? exitCodes.failed : exitCodes.done;
}

/** A workflow command of GitHub Actions; its data and properties are escaped as that format wants. */
function githubLine(finding: Finding): string {
  const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  const { file, start, end, severity, rule } = finding;
  const place = `file=${property(file)},line=${start.line},col=${start.column},endLine=${end.line},endColumn=${end.column},title=${property(rule)}`;
  return `::${severity} ${place}::${data(message(finding))}`;
}

function message(finding: Finding): string {
  return finding.suggestion === undefined ? finding.message : `${finding.message} (${finding.suggestion})`;
}

/** SARIF 2.1.0, the form in which code hosts take the findings of linters. */
function sarif(findings: readonly Finding[]): object {
  const rules = [...new Set(findings.map((finding) => finding.rule))].map((id) => ({ id }));
  const results = findings.map((finding) => ({
    ruleId: finding.rule,
    level: finding.severity,
    message: { text: message(finding) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: finding.file },
          region: {
            startLine: finding.start.line,
            startColumn: finding.start.column,
            endLine: finding.end.line,
            endColumn: finding.end.column,
          },
        },
      },
    ],
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "baton", rules } }, results }],
  };
}
