// Packages of functions as people deploy them: run when they are called, ended when they are not, begun again when they crash.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { BatonClient, type Replica } from "@baton/api";
import { defineFunction, startWorker } from "@baton/sdk";
import { runCommand, startCommand, startUp, steadyPort, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-packages-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const source = (version: string, answer: string): string => `
import { defineFunction } from "@baton/sdk";
import { twice } from "./lib/twice.js";
export default [
  defineFunction("double", { version: "${version}", input: { type: "object", required: ["x"] } }, ({ x }, { log }) => {
    log("doubling " + x);
    return ${answer};
  }),
  defineFunction("crash", { version: "${version}" }, () => process.exit(7)),
];
`;

test("a package is deployed, scaled to none and back, begun again when it crashes, exchanged and deleted", async () => {
  write("pack/index.ts", source("1.0.0", "twice(x)"));
  write("pack/lib/twice.js", "export const twice = (x) => 2 * x;\n");
  write("pack/baton.function.yaml", "name: pack\nmax: 2\nconcurrency: 2\nidle: 1s\nrestart: { first: 50ms }\n");
  const data = join(folder, "data");
  const port = await steadyPort();
  let server = await startUp(["--data", data, "--port", port, "--token", "secret-token-1", "--host", "127.0.0.1"]);
  const env = { BATON_TOKEN: "secret-token-1" };
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url], { env });
  const client = new BatonClient({ url: server.url, token: "secret-token-1", reconnectMs: 20 });
  const call = async (name: string, payload: object): Promise<unknown> => {
    const { jobs } = await client.submitJobs({ function: name, payload: payload as { readonly x: number } }, { waitMs: 240_000 });
    return jobs[0]?.output ?? jobs[0]?.error?.code;
  };
  const deploy = (): ReturnType<typeof runCommand> => baton("function", "deploy", join(folder, "pack"), "--timeout", "5m");
  const deployed = await deploy();
  expect(deployed).toMatchObject({ code: 0, err: expect.stringContaining("double:1.0.0 can be called\n") as string });
  expect((await baton("function", "list")).out).toMatch(/\* +double +1\.0\.0 +package +pack +[012] +[024]\n/);
  expect(await call("double:1.0.0", { x: 4 })).toBe(8);
  expect((await baton("function", "logs", "pack")).out).toBe("");
  const instances = async (): Promise<number> => (await client.deployments.get("pack")).replicas.length;
  await expect.poll(instances).toBe(0);
  // Nothing runs; the contract is the package's all the same.
  const said: string[] = [];
  const other = defineFunction("double", { version: "1.0.0" }, () => 0);
  const worker = startWorker({ url: server.url, token: "secret-token-1", functions: [other], log: (text) => void said.push(text) });
  await expect.poll(() => said.join("\n")).toContain("by the package pack. (function-version-taken)");
  await worker.close();
  // A call starts an instance, also from a flow.
  const flow = write(
    "flow.yaml",
    "document: { dsl: '1.0.3', namespace: default, name: f, version: '1.0.0' }\ndo: [a: { call: 'double:1.0.0@default', with: { x: 21 } }]\n",
  );
  expect(await baton("run", flow)).toMatchObject({ code: 0, out: "42\n" });
  // An instance that dies with a call takes nothing with it: the call is made again, and given up when that is no use.
  expect(await call("crash:1.0.0", {})).toBe("job-lost");
  expect(await call("double:1.0.0", { x: 5 })).toBe(10);
  // The server is killed and comes back: the package goes on.
  await stop(server.process, "SIGKILL");
  server = await startUp(["--data", data, "--port", port, "--token", "secret-token-1", "--host", "127.0.0.1"]);
  expect(await call("double:1.0.0", { x: 6 })).toBe(12);
  // Another version takes over; one that cannot be run does not.
  write("pack/index.ts", source("2.0.0", "-twice(x)"));
  expect((await deploy()).err).toContain("double:2.0.0 can be called\n");
  expect(await call("double:2.0.0", { x: 4 })).toBe(-8);
  // The package may change what is its own, also while its instances are there.
  write("pack/index.ts", source("2.0.0", "-twice(x)").replace('required: ["x"]', 'required: ["x", "y"]'));
  expect(await deploy()).toMatchObject({ code: 0 });
  expect((await baton("audit", "list", "--action", "function.changed", "-o", "json")).out).toContain('"double:2.0.0"');
  write("pack/index.ts", "throw new Error('no such luck');\n");
  expect(await deploy()).toMatchObject({
    code: 1,
    err: expect.stringContaining("does not come up") as string,
  });
  expect((await baton("function", "delete", "pack")).code).toBe(0);
  await expect.poll(async () => (await client.deployments.list()).length).toBe(0);
  await stop(server.process);
});

test("what is wrong with a package is told", async () => {
  const server = await startUp(["--data", join(folder, "other")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  expect(await baton("function", "deploy", join(folder, "nowhere"))).toMatchObject({ code: 4 });
  write("odd/baton.function.yaml", "name: odd\nentry: main.ts\nmx: 2\n");
  write("odd/index.ts", "");
  const odd = await baton("function", "deploy", join(folder, "odd"));
  expect(odd.err).toMatch(/there is no file main\.ts[\s\S]*did you mean max\?|did you mean max\?[\s\S]*there is no file main\.ts/);
  const example = fileURLToPath(new URL("../../examples/functions/resize", import.meta.url));
  expect(await baton("function", "deploy", example, "--timeout", "5m")).toMatchObject({
    code: 0,
    err: "package resize created\nfit:1.0.0 can be called\n",
  });
  expect((await baton("function", "delete", "resize")).code).toBe(0);
  await expect.poll(async () => (await baton("deployment", "list", "-o", "ids")).out).toBe("");
  await stop(server.process);
});

test("a package runs on nodes that have joined: it reaches them, outlives kills of server and node, and moves when its node is lost", async () => {
  const token = "secret-token-2";
  const data = join(folder, "remote");
  const port = await steadyPort();
  let server = await startUp(["--data", data, "--port", port, "--token", token]);
  const env = { BATON_TOKEN: token };
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url], { env });
  const client = new BatonClient({ url: server.url, token, reconnectMs: 20 });
  const join_ = async (name: string): Promise<ChildProcess> => {
    const place = ["--name", name, "--pool", "edge", "--data", join(folder, name)];
    const command = ["node", "join", server.url, "--token", (await client.nodes.createToken()).token, ...place];
    const { child, said } = startCommand(command);
    await said("has joined");
    return child;
  };
  const call = async (x: number): Promise<unknown> => {
    const { jobs } = await client.submitJobs({ function: "where:1.0.0", payload: { x } }, { waitMs: 240_000 });
    return jobs[0]?.output ?? jobs[0]?.error?.code;
  };
  write(
    "edge/index.ts",
    `
    import { defineFunction } from "@baton/sdk";
    import { add } from "./lib/add.js";
    export const where = defineFunction("where", {}, ({ x }) => add(x) + " " + process.env.NODE_PLACE + " " + import.meta.dirname.includes("/first/packages/"));
  `,
  );
  write("edge/lib/add.js", "export const add = (x) => x + 1;\n");
  const job = "{ constraints: { pools: [edge] }, resources: { cpu: 100m, memory: 512Mi }, environment: { NODE_PLACE: edge } }";
  write("edge/baton.function.yaml", `name: edge\nmin: 1\nrestart: { first: 50ms }\njob: ${job}\n`);
  // Nothing of the pool is there: it waits, and says for what.
  expect((await baton("function", "deploy", join(folder, "edge"), "--timeout", "1s")).code).toBe(10);
  const replicas = async (): Promise<readonly Replica[]> => (await client.deployments.get("edge")).replicas;
  const waits = /^it waits for a place: pending\.constraint \(baton explain job_\w+\)$/;
  await expect.poll(async () => (await replicas()).map(({ problem }) => problem)).toEqual([expect.stringMatching(waits)]);
  let first = await join_("first");
  await expect.poll(async () => (await client.deployments.get("edge")).functions).toEqual(["where:1.0.0"]);
  expect(await call(1)).toBe("2 edge true");
  // An instance answers calls a moment before it is noted as ready.
  const onFirst = async (): Promise<Replica | undefined> => (await replicas()).find(({ node }) => node === "first");
  await expect.poll(async () => (await onFirst())?.phase).toBe("ready");
  const before = await onFirst();
  expect(readdirSync(join(folder, "first", "packages")).filter((name) => /^[0-9a-f]{64}$/.test(name))).toHaveLength(1);
  // Both programs are killed; the instance goes on, and its node and its worker come back.
  await stop(first, "SIGKILL");
  await stop(server.process, "SIGKILL");
  server = await startUp(["--data", data, "--port", port, "--token", token]);
  first = await join_("first");
  expect(await call(2)).toBe("3 edge true");
  expect((await onFirst())?.job).toBe(before?.job);
  // The node is lost: another one takes its place, and what it comes back with ends.
  const second = await join_("second");
  await stop(first, "SIGKILL");
  await expect.poll(async () => (await replicas()).map(({ node, phase }) => `${node} ${phase}`)).toEqual(["second ready"]);
  expect(await call(3)).toBe("4 edge false");
  first = await join_("first");
  await expect.poll(async () => (await client.nodes.get("first")).status).toBe("ready");
  expect((await baton("function", "delete", "edge")).code).toBe(0);
  await expect.poll(async () => (await client.deployments.list()).length).toBe(0);
  await Promise.all([stop(first), stop(second)]);
  await stop(server.process);
});
