// Containers on a real engine, where one can be started: the contract, and what only containers do.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { defined } from "@baton/core";
import { shellBehaviours } from "../contract/behaviours.ts";
import { jobExecutorContract } from "../contract/contract.ts";
import { finished, isReady, orderOf, textOf } from "../contract/subject.ts";
import type { ContainerProgram, JobEnd, JobExecutor, JobHandle, JobSpec } from "../port.ts";
import { createContainerExecutor, type ContainerOptions } from "./container-executor.ts";
import { canRun, startDocker, startPodman, testImage, type TestEngine } from "./testing/engine.ts";

function sh(text: string, ...args: readonly string[]): ContainerProgram {
  return { kind: "container", image: testImage, pull: "never", network: "none", command: ["/bin/sh", "-c", text, "sh"], args };
}

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const patience = { timeout: 180_000 };

const engines = [
  { name: "Docker", program: "dockerd", start: startDocker },
  { name: "Podman", program: "podman", start: startPodman },
] as const;

describe.each(engines)("$name", ({ name, program, start }) => {
  describe.skipIf(!canRun(program))(`needs ${program} and a static busybox, as root`, () => {
    const executors: JobExecutor[] = [];
    let folder: string;
    let engine: TestEngine;
    let machine: JobExecutor;

    const executorOver = (state: string, options: Partial<ContainerOptions> = {}): JobExecutor => {
      const executor = createContainerExecutor({ stateFolder: join(folder, state), socketPath: engine.socketPath, ...options });
      executors.push(executor);
      return executor;
    };
    const endOf = async (program: ContainerProgram, more: Partial<JobSpec> = {}): Promise<JobEnd> =>
      (await finished(await machine.start(orderOf(program, more)))).end;
    const textBy = async (program: ContainerProgram, more: Partial<JobSpec> = {}): Promise<string> => {
      const job = await machine.start(orderOf(program, more));
      const text = await textOf(job);
      await finished(job);
      return text;
    };
    /** Closes the executor; what its successor finds of a job. */
    const goneOver = async ({ allocation }: JobHandle, between?: () => Promise<unknown>): Promise<JobHandle> => {
      await machine.close();
      machine = executorOver("machine");
      await between?.();
      return defined(
        (await machine.adopt()).find((job) => job.allocation === allocation),
        "the job",
      );
    };
    const containers = async (label: string): Promise<readonly { readonly Id: string; readonly Names: readonly string[] }[]> => {
      const query = { all: true, filters: JSON.stringify({ label: [label] }) };
      return (await engine.client.ask({ method: "GET", path: "/containers/json", query })) as never;
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "baton-containers-"));
      engine = await start();
      machine = executorOver("machine");
    });
    afterAll(async () => {
      await Promise.all(executors.map((executor) => executor.close()));
      await engine.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    describe("the contract", () => {
      const clear = jobExecutorContract({
        test,
        create: () => executorOver("contract"),
        behaviours: shellBehaviours(sh),
        keepsMemory: true,
        keepsPids: true,
      });
      afterAll(clear);
    });

    test("it says which engine it is", async () => {
      // One that is busy may take longer to say so than is waited for.
      await expect.poll(async () => (await machine.abilities()).by, patience).toMatch(new RegExp(`^${name} \\d`));
      expect((await machine.abilities()).limits.memoryBytes).toBe("kernel");
    });

    test("volumes are mounted, read-only where that is ordered", async () => {
      const data = join(folder, "data");
      mkdirSync(data);
      writeFileSync(join(data, "in"), "from outside");
      const volumes = [
        { host: data, container: "/in", readOnly: true },
        { host: data, container: "/out" },
      ];
      const text = await textBy({ ...sh("cat /in/in; echo inside > /out/out; echo no 2>/dev/null > /in/no || echo read-only"), volumes });
      expect(text).toBe("from outsideread-only\n");
      expect(readFileSync(join(data, "out"), "utf8")).toBe("inside\n");
    });

    test("a volume that is not there is made where that is ordered, and else the job is refused and nothing is made", async () => {
      const host = join(folder, "fresh");
      expect(await endOf({ ...sh("true"), volumes: [{ host, container: "/in" }] })).toMatchObject({
        code: "volume-missing",
        message: `There is no ${host} on this node, which the container is to see as /in.`,
      });
      expect(existsSync(host)).toBe(false);
      expect(await endOf({ ...sh("true"), volumes: [{ host, container: "/in", create: true }] })).toEqual({ kind: "exited", exitCode: 0 });
      expect(readdirSync(host)).toEqual([]);
    });

    test("a name that another container has is refused", async () => {
      const named = { ...sh("exit 0"), name: `taken-${process.pid}`, cleanup: { kind: "never" } } as const;
      expect(await endOf(named)).toEqual({ kind: "exited", exitCode: 0 });
      expect(await endOf(named)).toMatchObject({ code: "container-name-taken" });
    });

    test("a node can say which folders may be mounted", async () => {
      const careful = executorOver("careful", { volumeRoots: [join(folder, "data")] });
      const job = await careful.start(orderOf({ ...sh("true"), volumes: [{ host: "/etc", container: "/etc2" }] }));
      expect((await job.result).end).toMatchObject({
        code: "job-spec-invalid",
        message: "The folder /etc may not be mounted on this node.",
      });
    });

    test("a working folder, a name, and the node's own network", async () => {
      expect(await textBy(sh("pwd"), { cwd: "/tmp" })).toBe("/tmp\n");
      const order = orderOf({ ...sh("echo ready; cat"), name: `own-name-${process.pid}`, network: "host" });
      const job = await machine.start({ ...order, stdin: "" });
      await job.result;
      expect(await textOf(job)).toBe("ready\n");
      await job.release();
    });

    test.each([
      ["an image that the engine does not have and may not pull", { image: "no-such-image:1", pull: "never" }, "image-missing"],
      ["an image that cannot be pulled", { image: "127.0.0.1:1/no/image:1", pull: "always" }, "image-missing"],
      ["a command that is not in the image", { command: ["no-such-command"] }, "command-not-found"],
      ["a command that may not be executed", { command: ["/not-a-program"] }, "command-not-permitted"],
      ["a volume that is not there", { volumes: [{ host: "/no/such/folder", container: "/in" }] }, "volume-missing"],
      ["two volumes at one place", { volumes: ["/etc", "/tmp"].map((host) => ({ host, container: "/in" })) }, "job-spec-invalid"],
      ["a network that the engine does not have", { network: "no-such-network" }, "job-spec-invalid"],
      ["an image without a name", { image: "" }, "job-spec-invalid"],
      ["a port that is none", { ports: [{ host: 0, container: 80 }] }, "job-spec-invalid"],
    ] as const)("what cannot start says why: %s", async (_, more, code) => {
      expect(await endOf({ ...sh("true"), args: [], ...more })).toMatchObject({ kind: "failed", code });
    });

    test("containers of ended jobs are removed, kept, or removed later", async () => {
      const names = ["always", "never", "eventually"] as const;
      const allocations = names.map((kind) => `cleanup-${name}-${kind}`);
      for (const [i, kind] of names.entries()) {
        const cleanup = kind === "eventually" ? { kind, afterMs: 1500 } : { kind };
        await finished(await machine.start(orderOf({ ...sh("exit 3"), cleanup }, { allocation: allocations[i] as string })));
      }
      const there = async (i: number): Promise<number> => (await containers(`baton.allocation=${allocations[i]}`)).length;
      await expect.poll(() => there(0), patience).toBe(0);
      expect(await there(1)).toBe(1);
      await expect.poll(() => there(2), patience).toBe(0);
      expect(await there(1)).toBe(1);
    });

    test("one that could not start goes, whatever was ordered; one to be removed later goes in time also by a successor", async () => {
      const never = { kind: "never" } as const;
      const [broken, later] = [`broken-${name}`, `later-${name}`];
      const volumes = [{ host: "/etc/passwd", container: "/bin" }];
      await finished(await machine.start(orderOf({ ...sh("a file where a folder was"), volumes, cleanup: never }, { allocation: broken })));
      const cleanup = { kind: "eventually", afterMs: 1000 } as const;
      await finished(await machine.start(orderOf({ ...sh("exit 0"), cleanup }, { allocation: later })));
      await machine.close();
      machine = executorOver("machine");
      await machine.adopt();
      const there = async (allocation: string): Promise<number> => (await containers(`baton.allocation=${allocation}`)).length;
      await expect.poll(() => there(later), patience).toBe(0);
      await expect.poll(() => there(broken), patience).toBe(0);
    });

    test("an executor without a successor takes with it what was to go later, and leaves what is to stay", async () => {
      const last = executorOver("last", { isLast: true });
      const cleanups = [{ kind: "eventually", afterMs: 600_000 }, { kind: "never" }, { kind: "always" }] as const;
      for (const cleanup of cleanups)
        await finished(await last.start(orderOf({ ...sh("exit 0"), cleanup }, { allocation: `last-${name}-${cleanup.kind}` })));
      await last.close();
      const left = await Promise.all(cleanups.map(async ({ kind }) => (await containers(`baton.allocation=last-${name}-${kind}`)).length));
      expect(left).toEqual([0, 1, 0]);
    });

    test("a job whose container was taken away is lost", async () => {
      const job = await machine.start(orderOf(sh("echo ready; sleep 1000")));
      await isReady(job);
      const [container] = await containers(`baton.allocation=${job.allocation}`);
      const path = `/containers/${container?.Id}`;
      const adopted = await goneOver(job, () => engine.client.ask({ method: "DELETE", path, query: { force: true } }));
      expect((await finished(adopted)).end).toMatchObject({ kind: "failed", code: "job-lost" });
    });

    test.skipIf(program !== "dockerd")("jobs and executors live through a restart of the engine", async () => {
      // What is written while the engine is away would be lost with a container that ends before it is back.
      const signs = join(folder, "signs");
      mkdirSync(signs);
      const volumes = [{ host: signs, container: "/signs" }];
      const text = "echo ready; until [ -e /signs/go ]; do sleep 0.1; done; echo end; exit 6";
      const job = await machine.start(orderOf({ ...sh(text), volumes }));
      await isReady(job);
      // It writes a moment before the engine is done with its start, and an engine that stops then ends what it starts.
      await job.signal("SIGCONT");
      await engine.stop();
      await engine.restart();
      writeFileSync(join(signs, "go"), "");
      expect((await job.result).end).toEqual({ kind: "exited", exitCode: 6 });
      expect(await textOf(job)).toBe("ready\nend\n");
      await job.release();
    });

    test("output that was written while nobody followed is not missing, nor doubled", async () => {
      const job = await machine.start(orderOf(sh("echo ready; sleep 1; echo late; sleep 1; echo end")));
      await isReady(job);
      const adopted = await goneOver(job);
      expect((await adopted.result).end).toEqual({ kind: "exited", exitCode: 0 });
      expect(await textOf(adopted)).toBe("ready\nlate\nend\n");
      await adopted.release();
    });
  });
});

test("without an engine, jobs are refused and the executor says why", async () => {
  const stateFolder = mkdtempSync(join(tmpdir(), "baton-no-engine-"));
  const executor = createContainerExecutor({ stateFolder, socketPath: join(stateFolder, "none.sock") });
  const { end } = await finished(await executor.start(orderOf(sh("true"))));
  expect(end).toMatchObject({ kind: "failed", code: "container-engine-unavailable" });
  expect((await executor.abilities()).notes[0]).toMatch(/No container engine answers at/);
  await executor.close();
  rmSync(stateFolder, { recursive: true });
});
