// Whole runs, to be read: testdata/*.txt holds a workflow, the commands that it is sent, and what each led to. A file
// whose commands were changed is written anew with `npx vitest run packages/engine/transcript.test.ts -u`; review the difference.
import { readdirSync, readFileSync } from "node:fs";
import { defined, parseJson, type Json } from "@baton/core";
import { compileWorkflow, type Workflow } from "@baton/dsl";
import { expect, test } from "vitest";
import { outstandingEffects, replay, type StandardErrorKind } from "./index.ts";
import { Scenario } from "./testing/scenario.ts";
import { tellEffect } from "./testing/tell.ts";

const folder = new URL("testdata/", import.meta.url);
const separator = "\n---\n";

function compiled(text: string): Workflow {
  const result = compileWorkflow(text);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.workflow;
}

function json(text: string): Json {
  const parsed = text === "" ? { ok: true as const, value: null } : parseJson(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`);
  return parsed.value;
}

/** Does what a line says, and tells what it led to. */
function perform(run: Scenario, line: string): readonly string[] {
  const [, verb = "", rest = ""] = /^> (\w+) ?(.*)$/.exec(line) ?? [];
  const [, task = "", argument = ""] = /^(\S+) ?(.*)$/.exec(rest) ?? [];
  switch (verb) {
    case "start":
      return run.start(json(rest)).told;
    case "complete":
      return run.complete(task, json(argument)).told;
    case "fail": {
      const [status, kind] = argument.split(" ");
      return run.fail(task, Number(status), (kind ?? "communication") as StandardErrorKind).told;
    }
    case "fire":
      return run.fire().told;
    case "cancel":
      return run.cancel().told;
    case "suspend":
      return run.suspend().told;
    case "resume":
      return run.resume().told;
    case "restart":
      return restart(run);
    default:
      throw new Error(`Expected a verb, but got "${line}".`);
  }
}

/** Forgets the state, replays the envelopes, and tells what is asked for again. */
function restart({ world, view }: Scenario): readonly string[] {
  world.state = replay(world.workflow, null, world.history());
  const name = (step: number): string => defined(view.steps[step - 1], `step ${step}`).name;
  return outstandingEffects(world.workflow, world.state, world.facts).map((effect) => `again: ${tellEffect(effect, name)}`);
}

function ending({ view }: Scenario): string {
  const { status, output, error } = view;
  if (status === "completed") return `= completed ${JSON.stringify(output)}`;
  return status === "faulted" ? `= faulted ${JSON.stringify(error)}` : `= ${status}`;
}

function transcriptOf(text: string): string {
  const [source = "", script = ""] = text.split(separator);
  const run = new Scenario(compiled(source), { secrets: { token: "s3cret" } });
  const lines = script
    .split("\n")
    .filter((line) => line.startsWith("> "))
    .flatMap((line) => [line, ...perform(run, line)]);
  return [source + separator + lines.join("\n"), ending(run), ""].join("\n");
}

const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

test("there are transcripts", () => {
  expect(files.length).toBeGreaterThan(8);
});

test.each(files)("%s", async (file) => {
  const path = new URL(file, folder).pathname;
  await expect(transcriptOf(readFileSync(path, "utf8"))).toMatchFileSnapshot(path);
});
