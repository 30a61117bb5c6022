// Histories that earlier versions wrote, one file per version of the envelopes. They are read for ever: add a file when
// the format or the meaning of an event changes, and never change or delete one.
import { readdirSync, readFileSync } from "node:fs";
import { compileWorkflow } from "@baton/dsl";
import { expect, test } from "vitest";
import { envelopeVersion } from "./codec.ts";
import { decodeEvents, projectRun, type RunView } from "./index.ts";

interface History {
  readonly workflow: string;
  readonly envelopes: readonly string[];
  readonly view: RunView;
}

const folder = new URL("testdata/histories/", import.meta.url);
const files = readdirSync(folder);

test("there is a history of every version", () => {
  expect(files.map((file) => Number.parseInt(file, 10)).sort((a, b) => a - b)).toContain(envelopeVersion);
});

test.each(files)("%s still tells the same run", (file) => {
  const { workflow, envelopes, view } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as History;
  const compiled = compileWorkflow(workflow);
  const definition = compiled.ok ? compiled.workflow : expect.unreachable();
  expect(projectRun(definition, envelopes.flatMap(decodeEvents))).toEqual(view);
});
