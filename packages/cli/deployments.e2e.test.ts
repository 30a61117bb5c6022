// Deployments as people handle them: real commands, a real server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-deployments-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a deployment is applied, listed, described and deleted", { timeout: 60_000 }, async () => {
  const file = join(folder, "sleeper.yaml");
  const job = "job: { command: [sleep, '1000'], resources: { cpu: 0 } }";
  writeFileSync(file, `kind: deployment\nname: sleeper\n${job}\npolicy: { name: cluster, replicas: 2 }\n`);
  const server = await startUp(["--data", join(folder, "data")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  expect(await baton("apply", "-f", file)).toMatchObject({ code: 0, err: "deployment sleeper created\n" });
  expect((await baton("apply", "-f", file)).err).toBe("deployment sleeper unchanged\n");
  await expect
    .poll(async () => (await baton("deployment", "list")).out, { timeout: 25_000 })
    .toMatch(/sleeper +cluster of 2 +2 of 2 +2 +steady/);
  const described = await baton("deployment", "describe", "sleeper");
  expect(described.err).toBe("sleeper: cluster of 2, 2 of 2 ready, steady\n");
  expect(described.out).toMatch(/1 +1 +ready +local-\w+ +0 +job_\w+/);
  expect(JSON.parse((await baton("deployment", "describe", "sleeper", "-o", "json")).out)).toMatchObject({ name: "sleeper", desired: 2 });
  const scale = join(folder, "scale.yaml");
  const bounds = "min: 2\nmax: 4\nmetrics: [{ pending: default, target: 1 }]\n";
  writeFileSync(scale, `kind: autoscaler\nname: sleepers\ntarget: { deployment: sleeper }\n${bounds}`);
  const why = "stays at 2: pending by capacity in default is 0 for a target of 1, which wants 0; 2 is the least\n";
  expect(await baton("plan", "-f", scale)).toMatchObject({ code: 0, out: `sleepers ${why}` });
  expect((await baton("apply", "-f", scale)).err).toBe("autoscaler sleepers created\n");
  await expect
    .poll(async () => (await baton("autoscaler", "list")).out, { timeout: 25_000 })
    .toMatch(/sleepers +deployment sleeper +2 to 4 +2 +2 +stays at 2/);
  expect((await baton("autoscaler", "delete", "sleepers")).code).toBe(0);
  expect((await baton("deployment", "delete", "sleeper")).code).toBe(0);
  await expect.poll(async () => (await baton("deployment", "list", "-o", "ids")).out, { timeout: 25_000 }).toBe("");
  expect(await baton("deployment", "describe", "sleeper")).toMatchObject({
    code: 4,
    err: expect.stringContaining("deployment-unknown") as string,
  });
  await stop(server.process);
});
