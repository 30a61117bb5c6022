// Writes docs/reference/conformance.md from the suite and its results.
import { engineParts, serverParts, waitingPart, type Part } from "./sections.ts";
import { containerExamples, examples, waiting } from "./examples/specification.ts";
import type { Scenario } from "./examples/stage.ts";
import { containerUseCases, useCases } from "./examples/use-cases.ts";
import type { Section } from "./section.ts";

/** How a sentence came out: it holds, it fails, or it was not run. */
export type Result = "holds" | "fails" | "not run";

/** Gives the result of a sentence. */
export type Results = (part: Part, section: Section, sentence: string) => Result;

/** Where the page lies. */
export const pageFile = new URL("../../docs/reference/conformance.md", import.meta.url);

const head = `# Conformance

What the Open Workflow Specification, version 1.0, demands of a runtime, sentence by sentence in our words, and whether it holds here. Each line is a test
that runs a flow and checks its outcome: \`test/conformance\`. This page is written by \`npm run conformance\`, which runs them all; a check fails where the page is
not what the suite says.
`;

const waitingHead = `
These parts of the language speak a protocol of their own. Until a connector for it is there, a document that uses one is refused by name when it is
registered; each line is a test of that.
`;

const exampleHead = `
## The specification's documents

Each of its examples, and of the flows of its use cases, is run on a server against a stand-in for the services that it names, over real HTTP, by
\`test/conformance/examples\`; those with containers on a real engine, where one can be started, with stand-ins for their images. Where a document cannot come to its end as it is written, it must fault there, and a second line shows it with the least change that lets it run.

| document | outcome |
|---|---|
`;

function rowOf(name: string, { note, stays, run }: Scenario): string {
  const faults = "status" in run && run.status === "faulted";
  const runs = stays === true ? "runs on, as it shall" : faults ? "faults, as it shall" : "runs to its end";
  return `| ${cell(name)} | ${note === undefined ? runs : `faults as written: ${note}`} |\n`;
}

/** The page. */
export function pageOf(results: Results): string {
  const parts = [...engineParts, ...serverParts];
  const all = parts.flatMap((part) => part.sections.flatMap((section) => resultsOf(part, section, results)));
  const holding = all.filter((result) => result === "holds").length;
  return [
    head,
    `${holding} of ${all.length} sentences hold; ${sentencesOf(waitingPart)} constructs wait for a connector.\n`,
    ...parts.map((part) => `\n## ${part.title}\n${part.sections.map((section) => sectionOf(part, section, results, "")).join("")}`),
    `\n## ${waitingPart.title}\n${waitingHead}`,
    ...waitingPart.sections.map((section) => sectionOf(waitingPart, section, results, "waits: refused by name, which ")),
    exampleHead,
    ...Object.entries(examples).map(([name, scenario]) => rowOf(name, scenario)),
    ...Object.entries(containerExamples).map(([name, scenario]) => rowOf(name, scenario)),
    ...Object.entries(waiting).map(([name, part]) => `| ${name} | waits for ${part} |\n`),
    ...[...containerUseCases, ...useCases].map((useCase) => rowOf(`use case ${useCase.title}`, useCase)),
  ].join("");
}

function sentencesOf({ sections }: Part): number {
  return sections.reduce((sum, { sentences }) => sum + Object.keys(sentences).length, 0);
}

function resultsOf(part: Part, section: Section, results: Results): Result[] {
  return Object.keys(section.sentences).map((sentence) => results(part, section, sentence));
}

function sectionOf(part: Part, section: Section, results: Results, prefix: string): string {
  const rows = Object.keys(section.sentences).map((sentence) => `| ${cell(sentence)} | ${prefix}${results(part, section, sentence)} |\n`);
  return `\n### ${section.title} (${section.text})\n\n| sentence | result |\n|---|---|\n${rows.join("")}`;
}

function cell(sentence: string): string {
  return sentence.replaceAll("|", "\\|");
}
