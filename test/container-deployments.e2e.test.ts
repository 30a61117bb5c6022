// Deployments of containers on real engines, from the command line: asked over HTTP, by a connection and by a command inside, exchanged
// for another version, begun again when they crash, ended when they do not listen, and found again by a server that was killed.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, type Deployment } from "../packages/api/index.ts";
import type { JsonObject } from "../packages/core/index.ts";
import { runCommand, startUp, stop } from "../packages/cli/testing.ts";
import { commandsInside } from "../packages/job-executors/index.ts";
import { canRun, startDocker, startPodman, testImage, type TestEngine } from "../packages/job-executors/container/testing/engine.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";

const serve = "mkdir -p /www && echo $VERSION > /www/index.html && touch /well && exec /bin/busybox httpd -f -p $PORT -h /www";

describe.each([
  { name: "Docker", program: "dockerd", start: startDocker },
  { name: "Podman", program: "podman", start: startPodman },
] as const)("$name", ({ program, start }) => {
  describe.skipIf(!canRun(program))(`needs ${program} and a static busybox, as root`, () => {
    const folder = mkdtempSync(join(tmpdir(), "baton-container-deployments-"));
    let engine: TestEngine;
    let server: { url: string; process: ChildProcess };
    let client: BatonClient;
    const up = async (): Promise<void> => {
      server = await startUp(["--data", join(folder, "data")], { env: { DOCKER_HOST: `unix://${engine.socketPath}` } });
      client = new BatonClient({ url: server.url, reconnectMs: 20 });
    };
    beforeAll(async () => {
      engine = await start();
      await up();
    });
    afterAll(async () => {
      await stop(server.process);
      await engine.remove();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });

    const web = (version: string, more: JsonObject = {}, text = serve): JsonObject => ({
      kind: "deployment",
      name: "web",
      job: {
        container: { image: testImage, pull: "never", network: "host", command: ["/bin/sh", "-c"], arguments: [text] },
        environment: { VERSION: version },
        resources: { cpu: 0, memory: "64Mi" },
      },
      port: "any",
      policy: { name: "cluster", replicas: 2 },
      health: { http: "/", interval: "200ms", timeout: "60s", failures: 2 },
      restart: { first: "50ms", longest: "2s" },
      update: { minReady: "200ms" },
      ...more,
    });
    const until = async (what: (now: Deployment) => boolean): Promise<Deployment> => {
      let now = await client.deployments.get("web");
      const shown = async (): Promise<string> => {
        now = await client.deployments.get("web");
        return what(now) ? "as it should be" : JSON.stringify(now);
      };
      await expect.poll(shown).toBe("as it should be");
      return now;
    };
    const steadyAt = (generation: number): Promise<Deployment> =>
      until(
        (now) =>
          now.status === "steady" &&
          now.generation === generation &&
          now.versions.some((one) => one.stable && one.generation === generation),
      );
    const answers = async ({ replicas }: Deployment): Promise<string[]> =>
      Promise.all(replicas.map(async ({ port }) => (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim()));
    const containers = async (): Promise<number> => {
      const query = { all: true, filters: JSON.stringify({ label: ["baton.allocation"] }) };
      return ((await engine.client.ask({ method: "GET", path: "/containers/json", query })) as readonly unknown[]).length;
    };
    const remove = async (): Promise<void> => {
      for (const { name: deployed } of await client.deployments.list()) await client.deployments.delete(deployed);
      await expect.poll(async () => (await client.deployments.list()).length).toBe(0);
      await expect.poll(containers).toBe(0);
    };

    afterEach(remove);

    test("replicas answer, outlive a kill of the server, are exchanged, stall where the new version crashes, and go", async () => {
      await client.applyObjects([web("one")]);
      const first = await steadyAt(1);
      expect(await answers(first)).toEqual(["one", "one"]);
      await stop(server.process, "SIGKILL");
      await up();
      const again = await steadyAt(1);
      expect(again.replicas.map(({ job, port }) => [job, port])).toEqual(first.replicas.map(({ job, port }) => [job, port]));
      await client.applyObjects([web("two")]);
      expect(await answers(await steadyAt(2))).toEqual(["two", "two"]);
      await client.applyObjects([web("three", {}, "echo no luck >&2; exit 7")]);
      const stalled = await until(({ status, replicas }) => status === "stalled" && replicas.some(({ crashLooping }) => crashLooping));
      expect(stalled.replicas.find(({ crashLooping }) => crashLooping)?.problem).toContain("exit code 7");
      const described = await runCommand(["deployment", "describe", "web", "--server", server.url]);
      expect(described.out).toMatch(/3 +(crash loop \(\w+\)|starting)/);
      expect(await answers({ ...stalled, replicas: stalled.replicas.filter(({ generation }) => generation === 2) })).toEqual([
        "two",
        "two",
      ]);
      await client.deployments.rollBack("web");
      await steadyAt(2);
    });

    test("a command is run inside, a connection is tried, and what does not pass is begun again", async () => {
      const inside = { exec: ["/bin/sh", "-c", 'test -e /well && test -n "$PORT"'], interval: "200ms", timeout: "60s", failures: 2 };
      await client.applyObjects([web("one", { health: inside })]);
      const first = await steadyAt(1);
      // Something makes one of them sick: it is told why, and another container takes its place.
      const sick = first.replicas[0]?.job ?? "";
      const makeSick = { allocation: `${sick}.1`, command: ["/bin/busybox", "rm", "/well"], environment: {} };
      const signal = AbortSignal.timeout(60_000);
      expect(await commandsInside(engine.socketPath)({ ...makeSick, signal, onOutput: () => undefined })).toBe(0);
      const healed = await until(({ replicas, ready }) => ready === 2 && replicas[0]?.job !== sick);
      expect(healed.replicas[0]).toMatchObject({ id: 1, problem: "its check ended with 1" });
      await client.applyObjects([web("one", { health: { tcp: true, interval: "200ms", timeout: "60s" } })]);
      await steadyAt(1);
    });

    test("one that ignores SIGTERM is killed after its grace, and one with a fixed port has a node of its own", async () => {
      const deaf = "trap '' TERM; while :; do sleep 1; done";
      const port = await freePort();
      await client.applyObjects([web("one", { port, health: null }, deaf)]);
      // Both want the port, and there is one node.
      const apart = await until(({ ready, replicas }) => ready === 1 && replicas.some(({ problem }) => problem !== null));
      expect(apart.replicas.map(({ problem }) => problem ?? "").join()).toMatch(/pending\.|job-impossible/);
    });

    test("the node's port leads to the container's own, which it finds as PORT", async () => {
      const published = { containerPort: 8080, policy: "single", health: null };
      const bridged = web("one", published, "echo listens at $PORT; sleep 1000");
      const { container, ...job } = bridged["job"] as { readonly container: JsonObject };
      const { network: _, ...own } = container;
      await client.applyObjects([{ ...bridged, job: { ...job, container: { ...own, network: "none" } } }]);
      const { replicas } = await steadyAt(1);
      const [replica] = replicas;
      await expect.poll(async () => (await client.getJobOutput(replica?.job ?? "")).pieces[0]?.text).toBe("listens at 8080\n");
      expect((await client.getJob(replica?.job ?? "")).work).toMatchObject({ ports: [{ host: replica?.port, container: 8080 }] });
    });
  });
});

test("what a container's port cannot be is told", async () => {
  const server = await startUp([]);
  const client = new BatonClient({ url: server.url });
  const wrong = { kind: "deployment", name: "web", job: { command: ["true"] }, containerPort: 80 };
  await expect(client.applyObjects([wrong])).rejects.toMatchObject({
    problem: { errors: [{ pointer: "/objects/0/containerPort" }, { pointer: "/objects/0/containerPort" }] },
  });
  await stop(server.process);
});
