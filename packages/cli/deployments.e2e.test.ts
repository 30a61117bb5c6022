// Deployments as people handle them: real commands, a real server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-deployments-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

test("a deployment is applied, listed, described and deleted", async () => {
  const file = join(folder, "sleeper.yaml");
  const job = "job: { command: [sleep, '1000'], resources: { cpu: 0 } }";
  writeFileSync(file, `kind: deployment\nname: sleeper\n${job}\npolicy: { name: cluster, replicas: 2 }\n`);
  const server = await startUp(["--data", join(folder, "data")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  expect(await baton("apply", "-f", file)).toMatchObject({ code: 0, err: "deployment sleeper created\n" });
  expect((await baton("apply", "-f", file)).err).toBe("deployment sleeper unchanged\n");
  await expect.poll(async () => (await baton("deployment", "list")).out).toMatch(/sleeper +cluster of 2 +2 of 2 +2 +steady/);
  const described = await baton("deployment", "describe", "sleeper");
  expect(described.err).toBe("sleeper: cluster of 2, 2 of 2 ready, steady\n");
  expect(described.out).toMatch(/1 +1 +ready +local-\w+ +0 +job_\w+/);
  expect(JSON.parse((await baton("deployment", "describe", "sleeper", "-o", "json")).out)).toMatchObject({ name: "sleeper", desired: 2 });
  const scale = join(folder, "scale.yaml");
  const bounds = "min: 2\nmax: 4\nmetrics: [{ pending: default, target: 1 }]\n";
  writeFileSync(scale, `kind: autoscaler\nname: sleepers\ntarget: { deployment: sleeper }\n${bounds}`);
  const fixed = await baton("plan", "-f", scale);
  expect(fixed).toMatchObject({ code: 1, err: expect.stringContaining("sleeper is cluster, so its number is fixed") as string });
  writeFileSync(file, `kind: deployment\nname: sleeper\n${job}\npolicy: { name: hybrid, base: 2, max: 4 }\n`);
  expect((await baton("apply", "-f", file)).err).toBe("deployment sleeper changed\n");
  const why = "stays at 2: pending by capacity in default is 0 for a target of 1, which wants 0; 2 is the least\n";
  expect(await baton("plan", "-f", scale)).toMatchObject({ code: 0, out: `sleepers ${why}` });
  expect((await baton("apply", "-f", scale)).err).toBe("autoscaler sleepers created\n");
  await expect.poll(async () => (await baton("autoscaler", "list")).out).toMatch(/sleepers +deployment sleeper +2 to 4 +2 +2 +stays at 2/);
  expect((await baton("autoscaler", "delete", "sleepers")).code).toBe(0);
  expect((await baton("deployment", "delete", "sleeper")).code).toBe(0);
  await expect.poll(async () => (await baton("deployment", "list", "-o", "ids")).out).toBe("");
  expect(await baton("deployment", "describe", "sleeper")).toMatchObject({
    code: 4,
    err: expect.stringContaining("deployment-unknown") as string,
  });
  await stop(server.process);
});

test("a version that does not come up, a server killed in the midst of it, and the way back", async () => {
  const file = join(folder, "rolled.yaml");
  const write = (command: string): void => {
    const more = "policy: { name: cluster, replicas: 2 }\nrestart: { first: 50ms }\nupdate: { minReady: 2s }\n";
    writeFileSync(file, `kind: deployment\nname: rolled\njob: { command: ${command}, resources: { cpu: 0 } }\n${more}`);
  };
  const data = join(folder, "rolling");
  let server = await startUp(["--data", data]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  const until = (pattern: RegExp): Promise<void> => expect.poll(async () => (await baton("deployment", "list")).out).toMatch(pattern);
  const jobs = async (): Promise<readonly (string | null)[]> => {
    const { out } = await baton("deployment", "describe", "rolled", "-o", "json");
    const { replicas } = JSON.parse(out) as { replicas: { generation: number; job: string | null }[] };
    return replicas.filter(({ generation }) => generation === 1).map(({ job }) => job);
  };
  write("[sleep, '1000']");
  await baton("apply", "-f", file);
  await until(/rolled .*steady/);
  expect(await baton("deployment", "rollback", "rolled")).toMatchObject({ code: 4 });
  const before = await jobs();
  write("['false']");
  await baton("apply", "-f", file);
  await until(/rolled +cluster of 2 +2 of 2 +0 +(updating|stalled)/);
  await stop(server.process, "SIGKILL");
  server = await startUp(["--data", data]);
  await until(/rolled +cluster of 2 +2 of 2 +0 +stalled/);
  expect(await jobs()).toEqual(before);
  await expect.poll(async () => (await baton("deployment", "describe", "rolled")).out).toMatch(/crash loop/);
  expect((await baton("deployment", "resume", "rolled")).err).toBe("version 2 of deployment rolled is tried once more\n");
  expect((await baton("deployment", "history", "rolled")).out).toMatch(/^VERSION.*\n2 +\S+ +wanted\n1 +\S+ +stable\n$/);
  expect((await baton("deployment", "rollback", "rolled")).err).toBe("deployment rolled goes back to version 1\n");
  await until(/rolled +cluster of 2 +2 of 2 +2 +steady/);
  expect(await jobs()).toEqual(before);
  await baton("deployment", "delete", "rolled");
  await expect.poll(async () => (await baton("deployment", "list", "-o", "ids")).out).toBe("");
  await stop(server.process);
});
