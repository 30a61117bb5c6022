// A node is cut off from its server by the network, and comes back. Two nodes in network namespaces of their own run jobs that
// fill them. What must hold, and is seen from outside: the jobs of the lost node run elsewhere, what it reports of them later is
// refused, each job has one result, and at no moment runs a node more than it has.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatonClient, maxWaitMs, type Job, type NodeStatus } from "../../packages/api/index.ts";
import { startUp, stop } from "../../packages/cli/testing.ts";
import { canMakeNetworks, makeNetwork, type Host, type Network } from "./network.ts";
import { MostAtATime } from "./running-jobs.ts";

const secret = "server-secret";
const pool = "far";
/** Each job takes half a core. */
const perNode = availableParallelism() * 2;
const baton = fileURLToPath(new URL("../../packages/cli/bin/baton.mjs", import.meta.url));

describe.skipIf(!canMakeNetworks())("two nodes in two network namespaces (needs root and ip netns)", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-partition-"));
  const nodes: ChildProcess[] = [];
  const jobs = new Set<string>();
  let said = "";
  let network: Network;
  let server: { url: string; process: ChildProcess };
  let client: BatonClient;
  let most: MostAtATime | undefined;

  beforeAll(async () => {
    network = makeNetwork(2);
    server = await startUp(["--host", network.address, "--token", secret, "--data", join(folder, "data"), "--log", "warning"]);
    client = new BatonClient({ url: server.url, token: secret });
    const { token } = await client.nodes.createToken();
    network.hosts.forEach((host, i) => nodes.push(joinFrom(host, "ab"[i] as string, token)));
    for (const name of ["a", "b"]) await until(name, "ready");
    most = new MostAtATime(jobs, 50);
  });
  afterAll(async () => {
    most?.stop();
    for (const node of nodes) await stop(node, "SIGTERM");
    await stop(server.process);
    network.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  function joinFrom({ namespace }: Host, name: string, token: string): ChildProcess {
    const command = [process.execPath, baton, "node", "join", server.url, "--name", name, "--pool", pool, "--data", join(folder, name)];
    const env = { ...process.env, BATON_TOKEN: token };
    const child = spawn("ip", ["netns", "exec", namespace, ...command, "--stop-jobs"], { stdio: ["ignore", "ignore", "pipe"], env });
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    return child;
  }

  async function until(name: string, status: NodeStatus): Promise<void> {
    while ((await client.nodes.list()).find((node) => node.name === name)?.status !== status) await delay(100);
  }

  /** A job that runs until there is a file of this name. */
  async function submit(gate: string): Promise<string> {
    const command = ["sh", "-c", `while [ ! -e ${join(folder, gate)} ]; do sleep 0.1; done`];
    const { jobs: submitted } = await client.submitJobs({ command, resources: { cpu: "500m" }, constraints: { pools: [pool] } });
    const id = submitted[0]?.id ?? "";
    jobs.add(id);
    return id;
  }

  const get = (ids: readonly string[]): Promise<readonly Job[]> => Promise.all(ids.map((id) => client.getJob(id)));
  const end = (ids: readonly string[]): Promise<readonly Job[]> => Promise.all(ids.map((id) => client.getJob(id, { waitMs: maxWaitMs })));
  const open = (gate: string): void => writeFileSync(join(folder, gate), "");

  test("the lost node's jobs run elsewhere, its late results are refused, and nothing over-allocates", async () => {
    const ids = await Promise.all(Array.from({ length: 2 * perNode }, (_, i) => submit(i % 2 === 0 ? "early" : "late")));
    while ((await get(ids)).some(({ status }) => status !== "running")) await delay(100);
    const before = await get(ids);
    const onA = before.filter(({ node }) => node === "a").map(({ id }) => id);
    expect([onA.length, ids.length - onA.length]).toEqual([perNode, perNode]);

    network.hosts[0]?.cut();
    await until("a", "lost");
    // Some of what a runs ends while nobody can hear it; the rest goes on into the time after the cut.
    open("early");
    const early = ids.filter((_, i) => i % 2 === 0);
    const ended = await end(early);
    expect(ended.map(({ status, node }) => [status, node])).toEqual(early.map(() => ["completed", "b"]));
    expect(ended.map(({ id, attempt, losses }) => [attempt, losses, onA.includes(id)])).toEqual(
      ended.map(({ id }) => (onA.includes(id) ? [2, 1, true] : [1, 0, false])),
    );

    network.hosts[0]?.heal();
    const more = await Promise.all(Array.from({ length: 2 * perNode }, () => submit("late")));
    await until("a", "ready");
    while ((await get(more)).every(({ node }) => node !== "a")) await delay(100);
    open("late");
    const all = await end([...ids, ...more]);
    expect(all.map(({ status }) => status)).toEqual(all.map(() => "completed"));
    expect(all.filter(({ id }) => onA.includes(id)).map(({ node, attempt }) => [node, attempt])).toEqual(
      onA.map(() => [expect.stringMatching(/^[ab]$/) as string, 2]),
    );

    const late = async (): Promise<number> => {
      const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${secret}` } })).text();
      return Number(/baton_late_reports_total (\d+)/.exec(metrics)?.[1]);
    };
    await expect.poll(late).toBeGreaterThanOrEqual(perNode);
    for (const id of onA) await expect.poll(() => said).toContain(`${id}: the end of attempt 1 came too late (report-late)`);
    expect(most?.looks).toBeGreaterThan(100);
    expect([...(most?.most.values() ?? [])].filter((count) => count > 0)).toEqual([perNode, perNode]);
  });

  test("what is deployed on a node is checked there, and begun elsewhere when that is cut off", async () => {
    const program = 'require("node:http").createServer((_, answer) => answer.end("well")).listen(process.env.PORT)';
    const job = { command: [process.execPath, "-e", program], resources: { cpu: "100m" }, constraints: { nodes: ["a", "b"] } };
    await client.applyObjects([{ kind: "deployment", name: "web", job, port: "any", health: { http: "/", failures: 2 } }]);
    const ready = async (other?: string): Promise<string> => {
      for (;;) {
        const [replica] = (await client.deployments.get("web")).replicas.filter(({ phase }) => phase === "ready");
        if (replica?.node && replica.node !== other) return replica.node;
        await delay(100);
      }
    };
    const first = await ready();
    const at = "ab".indexOf(first);
    const { labels } = await client.nodes.get(first);
    expect(labels["baton/address"]).toBe(network.hosts[at]?.address);
    network.hosts[at]?.cut();
    const second = await ready(first);
    expect([first, second].sort()).toEqual(["a", "b"]);
    network.hosts[at]?.heal();
    await until(first, "ready");
    await client.deployments.delete("web");
  });
});
