// Containers from the command line to a real engine, where one can be started: what is asked for arrives, what cannot be says
// so, and a server that is killed finds its containers again.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Job } from "../packages/api/index.ts";
import { runCommand, startUp, stop, type Ended } from "../packages/cli/testing.ts";
import { canRun, startDocker, startPodman, testImage, type TestEngine } from "../packages/job-executors/container/testing/engine.ts";

const engines = [
  { name: "Docker", program: "dockerd", start: startDocker },
  { name: "Podman", program: "podman", start: startPodman },
] as const;

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "baton-container-jobs-"));
}

describe.each(engines)("$name", ({ name, program, start }) => {
  describe.skipIf(!canRun(program))(`needs ${program} and a static busybox, as root`, () => {
    const folder = newFolder();
    let files = 0;
    let engine: TestEngine;
    let server: { url: string; process: ChildProcess };
    const up = async (): Promise<void> => {
      server = await startUp(["--data", join(folder, "data")], { env: { DOCKER_HOST: `unix://${engine.socketPath}` } });
    };
    const baton = (...args: string[]): Promise<Ended> => runCommand(["--server", server.url, ...args]);
    const inContainer = ["submit", "--wait", "--image", testImage, "--pull", "never", "--network", "none"];
    const jobOf = async (...args: string[]): Promise<Job> => JSON.parse((await baton("job", "get", ...args, "-o", "json")).out) as Job;
    const containersOf = async (job: string): Promise<number> => {
      const query = { all: true, filters: JSON.stringify({ label: [`baton.allocation=${job}.1`] }) };
      return ((await engine.client.ask({ method: "GET", path: "/containers/json", query })) as readonly unknown[]).length;
    };
    const submitted = async (job: object): Promise<string> => {
      const file = join(folder, `job-${files++}.json`);
      writeFileSync(file, JSON.stringify(job));
      const { out, err } = await baton("submit", "-f", file);
      expect(err).toBe("");
      return out.trim();
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

    test("a command runs in an image, with its variables and input, and its output comes back", async () => {
      const text = 'echo "$WHO $(cat) $BATON_ATTEMPT"; echo err >&2; exit $1';
      const command = ["--env", "WHO=Zoë", "--payload", '"in"', "--", "sh", "-c", text, "sh"];
      expect(await baton(...inContainer, ...command, "0")).toEqual({ code: 0, out: "Zoë in 1\n", err: "err\n" });
      expect(await baton(...inContainer, ...command, "3")).toMatchObject({ code: 1, err: expect.stringContaining("(job-exit)") as string });
    });

    test("the doctor says which engine it is, and where", async () => {
      expect((await baton("doctor")).err).toMatch(new RegExp(`; containers by ${name} \\d.* at ${engine.socketPath}\n`));
    });

    test("everything that a file can say of a container", async () => {
      const data = join(folder, "shared");
      mkdirSync(data);
      writeFileSync(join(data, "in"), "from outside");
      const container = {
        image: testImage,
        pull: "never",
        name: `own-name-${process.pid}`,
        command: ["/bin/sh", "-c"],
        arguments: ["cat /in/in > /out/out; echo done"],
        volumes: [
          { host: data, container: "/in", readOnly: true },
          { host: data, container: "/out" },
        ],
        network: "none",
        cleanup: "never",
      };
      const id = await submitted({ container, resources: { cpu: 0.5, memory: "64Mi" }, timeout: "2m" });
      expect((await baton("job", "wait", id)).code).toBe(0);
      expect((await baton("job", "logs", id)).out).toBe("done\n");
      expect(readFileSync(join(data, "out"), "utf8")).toBe("from outside");
      expect(await jobOf(id)).toMatchObject({
        status: "completed",
        work: { kind: "container", image: testImage },
        node: expect.any(String) as string,
      });
      expect(await containersOf(id)).toBe(1);
    });

    test.each([
      ["an image that is not there", { image: "no-such-image:1", pull: "never" }, "image-missing"],
      ["a command that is not in it", { image: testImage, network: "none", command: ["no-such-command"] }, "command-not-found"],
      ["a command that may not be run", { image: testImage, network: "none", command: ["/not-a-program"] }, "command-not-permitted"],
    ])("%s is told by its code", async (_, container, code) => {
      const id = await submitted({ container });
      expect((await baton("job", "wait", id)).code).toBe(1);
      expect(await jobOf(id)).toMatchObject({ status: "failed", reason: code, error: { code } });
    });

    test("one that needs more memory than it asked for is killed, and told so", async () => {
      const hog = ["--memory", "32M", "--", "sh", "-c", "x=0123456789abcdef; while :; do x=$x$x; done"];
      expect(await baton(...inContainer, ...hog)).toMatchObject({ code: 1, err: expect.stringContaining("(job-out-of-memory)") as string });
    });

    test("a fork bomb is told by its code, and so is a volume that is not there", async () => {
      const bomb = ["--pids", "40", "--", "sh", "-c", "b() { b & b & }; b & exec sleep 1000"];
      expect(await baton(...inContainer, ...bomb)).toMatchObject({
        code: 1,
        err: expect.stringContaining("(job-too-many-processes)") as string,
      });
      const missing = ["--volume", `${folder}/none:/in`, "--", "true"];
      expect((await baton(...inContainer, ...missing)).err).toMatch(
        /There is no .*\/none on this node.*\(volume-missing\)\n {2}next: {2}Create it/,
      );
    });

    test("a cancelled one ends, and its container goes", async () => {
      const id = await submitted({ container: { image: testImage, network: "none", arguments: ["sh", "-c", "echo up; sleep 1000"] } });
      await expect.poll(async () => (await baton("job", "logs", id)).out).toBe("up\n");
      await baton("job", "cancel", id);
      expect((await baton("job", "wait", id)).code).toBe(9);
      await expect.poll(() => containersOf(id)).toBe(0);
    });

    test("a server that is killed adopts its containers: each ran once, and nothing that it wrote is missing", async () => {
      const ran = join(folder, "ran");
      mkdirSync(ran);
      const volumes = [{ host: ran, container: "/ran" }];
      const text = "echo $BATON_JOB >> /ran/jobs; echo begin; until [ -e /ran/end ]; do sleep 0.1; done; echo end; exit $1";
      const container = { image: testImage, network: "none", volumes };
      const ids = await Promise.all(
        [0, 4].map((code) => submitted({ container: { ...container, arguments: ["sh", "-c", text, "sh", String(code)] } })),
      );
      for (const id of ids) await expect.poll(async () => (await baton("job", "logs", id)).out).toBe("begin\n");
      await stop(server.process, "SIGKILL");
      await up();
      writeFileSync(join(ran, "end"), "");
      for (const id of ids) await baton("job", "wait", id);
      expect(await Promise.all(ids.map(async (id) => (await baton("job", "logs", id)).out))).toEqual(["begin\nend\n", "begin\nend\n"]);
      const ended = await Promise.all(ids.map((id) => jobOf(id)));
      expect(ended.map(({ status, attempt, error }) => [status, attempt, error?.exitCode])).toEqual([
        ["completed", 1, undefined],
        ["failed", 1, 4],
      ]);
      expect(readFileSync(join(ran, "jobs"), "utf8").trim().split("\n").sort()).toEqual([...ids].sort());
    });

    test("a flow's container is adopted by its step over a kill of the server, and runs without a server, too", async () => {
      const told = join(folder, "flow");
      mkdirSync(told);
      const file = join(folder, "flow.yaml");
      const command = "echo up > /told/$1; until [ -e /told/end ]; do sleep 0.1; done; echo $1 $(cat)";
      const container = `image: '${testImage}', pullPolicy: never, command: '${command}', arguments: ['\${ .who }'], stdin: in`;
      const task = `run: { container: { ${container}, volumes: { ${told}: /told }, lifetime: { cleanup: always } } }`;
      writeFileSync(file, `document: { dsl: '1.0.3', namespace: default, name: held, version: '1.0.0' }\ndo:\n  - a: { ${task} }\n`);
      expect((await baton("apply", "-f", file)).code).toBe(0);
      const id = (await baton("start", "held", "-i", '{"who":"one"}')).out.trim();
      await expect.poll(() => existsSync(join(told, "one"))).toBe(true);
      await stop(server.process, "SIGKILL");
      await up();
      writeFileSync(join(told, "end"), "");
      expect((await baton("run", "watch", id)).code).toBe(0);
      expect(JSON.parse((await baton("run", "get", id, "-o", "json")).out)).toMatchObject({ status: "completed", output: "one in\n" });
      const env = { DOCKER_HOST: `unix://${engine.socketPath}` };
      const local = await runCommand(["run", file, "--local", "-i", '{"who":"two"}', "-o", "json"], { env });
      expect(JSON.parse(local.out)).toMatchObject({ status: "completed", output: "two in\n" });
    });

    test("a flow's containers stay when nothing is said, go at once, or go later: also when the server was killed meanwhile", async () => {
      const file = join(folder, "lifetimes.yaml");
      const lifetimes = {
        silent: "",
        never: ", lifetime: { cleanup: never }",
        always: ", lifetime: { cleanup: always }",
        eventually: ", lifetime: { cleanup: eventually, after: { seconds: 5 } }",
      };
      const tasks = Object.entries(lifetimes).map(([key, lifetime]) => {
        const container = `image: '${testImage}', pullPolicy: never, name: ${name}-${key}, command: exit 0${lifetime}`;
        return `  - ${key}: { run: { container: { ${container} } } }\n`;
      });
      writeFileSync(file, `document: { dsl: '1.0.3', namespace: default, name: kept, version: '1.0.0' }\ndo:\n${tasks.join("")}`);
      expect((await baton("run", file)).code).toBe(0);
      await stop(server.process, "SIGKILL");
      await up();
      const query = { all: true, filters: JSON.stringify({ name: Object.keys(lifetimes).map((key) => `${name}-${key}`) }) };
      const there = async (): Promise<readonly string[]> => {
        const all = await engine.client.ask({ method: "GET", path: "/containers/json", query });
        return (all as readonly { readonly Names: readonly string[] }[]).flatMap(({ Names }) => Names).sort();
      };
      await expect.poll(there).toEqual([`/${name}-never`, `/${name}-silent`]);
    });

    test.skipIf(name !== "Docker")("containers are adopted also by a server that is there before their engine", async () => {
      const told = join(folder, "told");
      mkdirSync(told);
      const text = "echo up; until [ -e /told/end ]; do sleep 0.1; done; echo end";
      const volumes = [{ host: told, container: "/told" }];
      const id = await submitted({ container: { image: testImage, network: "none", volumes, arguments: ["sh", "-c", text] } });
      await expect.poll(async () => (await baton("job", "logs", id)).out).toBe("up\n");
      await stop(server.process, "SIGKILL");
      await engine.stop();
      await up();
      expect(await baton("submit", "--image", testImage)).toMatchObject({
        code: 1,
        err: expect.stringContaining("executor-unavailable") as string,
      });
      await engine.restart();
      writeFileSync(join(told, "end"), "");
      expect((await baton("job", "wait", id)).code).toBe(0);
      expect((await baton("job", "logs", id)).out).toBe("up\nend\n");
    });
  });
});

test("without an engine a container is refused when it is submitted, and so is a kind that nobody knows", async () => {
  const folder = newFolder();
  const server = await startUp([], { env: { DOCKER_HOST: `unix://${join(folder, "none.sock")}` } });
  const refused = await runCommand(["--server", server.url, "submit", "--image", "alpine:3", "--", "true"]);
  expect(refused).toMatchObject({ err: expect.stringMatching(/no node can run containers[\s\S]*executor-unavailable/) as string });
  expect((await runCommand(["--server", server.url, "doctor"])).err).toContain("no containers, for neither Docker nor Podman was found");
  const file = join(folder, "job.yaml");
  writeFileSync(file, "contaner: alpine:3\n");
  expect((await runCommand(["--server", server.url, "submit", "-f", file])).err).toContain("did you mean container?");
  expect((await runCommand(["submit", "--volume", "/a:/b", "--", "true"])).err).toContain("--image");
  await stop(server.process);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
