// The specification's examples of containers, each run on a server with a real engine, where one can be started. The images that
// they name are stand-ins, made without a registry.
import { existsSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { canRun, startDocker, testImage, type TestEngine } from "../../../packages/job-executors/container/testing/engine.ts";
import { containerExamples } from "./specification.ts";
import { Stage, type Scenario } from "./stage.ts";
import { containerUseCases } from "./use-cases.ts";

const specification = new URL("../../../../shared/spec/", import.meta.url);

describe.skipIf(!existsSync(specification) || !canRun("dockerd"))("needs ../shared/spec, and dockerd and a static busybox, as root", () => {
  let engine: TestEngine;
  const stages: Stage[] = [];
  beforeAll(async () => {
    engine = await startDocker();
    await addImages(engine);
    process.env["DOCKER_HOST"] = `unix://${engine.socketPath}`;
  });
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
  });
  afterAll(async () => {
    delete process.env["DOCKER_HOST"];
    await engine.remove();
  });

  const perform = async (document: string, scenario: Scenario): Promise<void> => {
    const stage = new Stage();
    stages.push(stage);
    const { run } = await stage.perform(document, scenario);
    expect(run).toMatchObject({ status: "completed", ...scenario.run });
  };

  test.each(Object.entries(containerExamples))("the example %s", async (name, scenario) => {
    const [file] = name.split(", ");
    await perform(readFileSync(new URL(`examples/${file}.yaml`, specification), "utf8"), scenario);
  });

  test.each(containerUseCases)("$title", async ({ folder, ...scenario }) => {
    const page = readFileSync(new URL(`use-cases/${folder}/README.md`, specification), "utf8");
    await perform(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? "", scenario);
  });
});

/** `alpine`, and `hello-world`, whose own command greets. */
async function addImages({ client }: TestEngine): Promise<void> {
  await client.ask({ method: "POST", path: `/images/${testImage}/tag`, query: { repo: "alpine", tag: "latest" } });
  const body = { Image: testImage, Cmd: ["/bin/echo", "Hello from Docker!"], HostConfig: { NetworkMode: "none" } };
  const { Id } = (await client.ask({ method: "POST", path: "/containers/create", body })) as { readonly Id: string };
  await client.ask({ method: "POST", path: "/commit", query: { container: Id, repo: "hello-world", tag: "latest" }, body: {} });
}
