// The specification's own examples, each run on a server of ours against a stand-in for its services, over real HTTP.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { compileWorkflow } from "@baton/dsl";
import { afterEach, expect, test } from "vitest";
import { containerExamples, examples, waiting } from "./specification.ts";
import { Stage, type Scenario } from "./stage.ts";
import { useCases } from "./use-cases.ts";

const specification = new URL("../../../../shared/spec/", import.meta.url);
const stages: Stage[] = [];

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

/** The document of a use case's page. */
function useCase(folder: string): string {
  const page = readFileSync(new URL(`use-cases/${folder}/README.md`, specification), "utf8");
  return /```yaml\n(.*?)```/s.exec(page)?.[1] ?? "";
}

/** Expects a document to be refused for what is not there yet, and for nothing else. */
function expectRefusal(document: string, part: string): void {
  const result = compileWorkflow(document);
  const errors = result.ok ? [] : result.diagnostics.filter(({ severity }) => severity === "error");
  expect(new Set(errors.map(({ rule }) => rule))).toEqual(new Set(["not-yet-supported"]));
  for (const { message } of errors) expect(message).toContain(part);
}

async function perform(document: string, scenario: Scenario): Promise<void> {
  const stage = new Stage();
  stages.push(stage);
  const { run, asked } = await stage.perform(document, scenario);
  expect(run).toMatchObject({ status: "completed", ...scenario.run });
  if (scenario.asked !== undefined) expect(asked).toEqual(scenario.asked);
}

test.skipIf(!existsSync(specification)).each(Object.entries(examples))("the example %s (needs ../shared/spec)", async (name, scenario) => {
  const [file] = name.split(", ");
  await perform(readFileSync(new URL(`examples/${file}.yaml`, specification), "utf8"), scenario);
});

test.skipIf(!existsSync(specification)).each(useCases)("$title (needs ../shared/spec)", async ({ folder, ...scenario }) => {
  await perform(useCase(folder), scenario);
});

test.skipIf(!existsSync(specification)).each(Object.entries(waiting))(
  "the example %s is refused for %s (needs ../shared/spec)",
  (file, part) => {
    expectRefusal(readFileSync(new URL(`examples/${file}.yaml`, specification), "utf8"), part);
  },
);

test.skipIf(!existsSync(specification))("every example runs, or waits for a connector (needs ../shared/spec)", () => {
  const files = readdirSync(new URL("examples/", specification)).filter((name) => name.endsWith(".yaml"));
  const named = [...Object.keys(examples), ...Object.keys(containerExamples), ...Object.keys(waiting)].map((name) =>
    name.replace(/, .*/, ""),
  );
  expect(new Set(named)).toEqual(new Set(files.map((name) => name.slice(0, -".yaml".length))));
});

test.skipIf(!existsSync(specification))("a use case that is not YAML as written is refused with the places (needs ../shared/spec)", () => {
  const result = compileWorkflow(useCase("multi-agent-ai-content-generation"));
  const found = result.ok ? [] : result.diagnostics.map(({ rule, start }) => `${rule} ${start.line}`);
  expect(found).toEqual(["yaml-syntax 30", "yaml-syntax 40", "yaml-syntax 51"]);
});
