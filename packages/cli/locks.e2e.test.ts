// Locks from the command line, while holders and the server are killed.
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BatonClient, Locks, type Lock } from "@baton/api";
import { OwnServer, startCommand, type Started } from "./testing.ts";

const server = new OwnServer("locks");
const { baton, folder } = server;
const started: ChildProcess[] = [];
beforeAll(() => server.start());
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => server.remove());

function start(...args: string[]): Started {
  const command = startCommand(["--server", server.url, ...args]);
  started.push(command.child);
  return command;
}

async function lock(name: string): Promise<Lock | null> {
  const client = new BatonClient({ url: server.url });
  return client.locks.get({ name }).catch(() => null);
}

/** A command that notes that it has begun, and its token, and goes on until a file is there, or its note is not any more. */
function holding(note: string): string[] {
  const [begun, over] = [join(folder, note), join(folder, `${note}.over`)];
  return ["sh", "-c", `echo $BATON_LOCK_TOKEN > ${begun}; while [ -e ${begun} ] && [ ! -e ${over} ]; do sleep 0.1; done; echo ended`];
}

function finish(note: string): void {
  writeFileSync(join(folder, `${note}.over`), "");
}

async function tokenIn(note: string): Promise<number> {
  await expect.poll(() => existsSync(join(folder, note)) && readFileSync(join(folder, note), "utf8")).toMatch(/^\d+\n$/);
  return Number(readFileSync(join(folder, note), "utf8"));
}

test("acquire prints a token; another one waits, tries, and gets the lock with its release", async () => {
  const first = await baton("lock", "acquire", "db", "--owner", "a", "--lease", "10m");
  expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\n$/) as string });
  const token = first.out.trim();
  const tried = await baton("lock", "acquire", "db", "--owner", "b", "--try");
  expect([tried.code, tried.err]).toEqual([6, expect.stringMatching(/"db" is held by a since[\s\S]*code: {2}lock-held/)]);
  expect((await baton("lock", "acquire", "db", "--owner", "b", "--timeout", "100ms")).code).toBe(10);
  expect((await baton("lock", "list")).out).toMatch(/default +db +mutex +1 +0 +a/);
  expect((await baton("lock", "get", "db")).out).toMatch(/holding +a/);
  expect((await baton("lock", "renew", "db", "--claim", "a", "--fence", token, "--lease", "20m")).err).toMatch(/held until/);
  expect((await baton("lock", "release", "db", "--claim", "a", "--fence", "999999")).err).toMatch(/was not held/);
  expect((await baton("lock", "release", "db", "--claim", "a", "--fence", token)).err).toBe("db is released\n");
  const json = await baton("lock", "acquire", "db", "--owner", "b", "--try", "-o", "json");
  expect(JSON.parse(json.out)).toMatchObject({ owner: "b", status: "holding" });
  expect((await baton("lock", "get", "nobody")).code).toBe(4);
});

test("run gives its command the token, and ends as it does", async () => {
  const ran = await baton("lock", "run", "job", "--", "sh", "-c", 'echo "$BATON_LOCK_NAME $BATON_LOCK_TOKEN"; exit 3');
  expect([ran.code, ran.out]).toEqual([3, expect.stringMatching(/^job \d+\n$/)]);
  expect(await lock("job")).toBeNull();
  expect((await baton("lock", "run", "job", "--", "no-such-program-anywhere")).err).toContain("can't be started");
});

test("a holder that is killed frees the lock when its lease ends, and the next one has a larger token", async () => {
  const killed = start("lock", "run", "crash", "--lease", "10s", "--", ...holding("killed"));
  const before = await tokenIn("killed");
  const next = start("lock", "run", "crash", "--", ...holding("next"));
  await expect.poll(async () => (await lock("crash"))?.waiting).toBe(1);
  killed.child.kill("SIGKILL");
  expect(await tokenIn("next")).toBeGreaterThan(before);
  finish("killed");
  finish("next");
  expect((await next.ended).code).toBe(0);
});

test("a server that is killed takes the lock from nobody: the holder goes on, and whoever waits is next", async () => {
  const holder = start("lock", "run", "restart", "--lease", "120s", "--", ...holding("holder"));
  const token = await tokenIn("holder");
  const waiter = start("lock", "run", "restart", "--", ...holding("waiter"));
  await expect.poll(async () => (await lock("restart"))?.waiting).toBe(1);
  await server.kill();
  await server.start();
  expect(await lock("restart")).toMatchObject({ used: 1, waiting: 1, claims: [{ token }, {}] });
  finish("holder");
  expect(await holder.ended).toMatchObject({ code: 0, out: "ended\n" });
  expect(await tokenIn("waiter")).toBeGreaterThan(token);
  finish("waiter");
  expect((await waiter.ended).code).toBe(0);
});

test("a lock that is taken away ends the command and all that it has started", async () => {
  const run = start("lock", "run", "taken", "--lease", "1s", "--owner", "o", "--grace", "100ms", "--", ...holding("taken"));
  await tokenIn("taken");
  await baton("lock", "release", "taken", "--claim", "o.1");
  const { code, err } = await run.ended;
  expect([code, err]).toEqual([6, expect.stringContaining("code:  lock-lost")]);
});

test("an interrupt ends the command and releases the lock", async () => {
  const run = start("lock", "run", "interrupted", "--", ...holding("interrupted"));
  await tokenIn("interrupted");
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(143);
  expect(await lock("interrupted")).toBeNull();
});

test("runs of a flow wait for each other, over a kill of the server, and say for whom", async () => {
  const file = join(folder, "alone.yaml");
  const metadata = "{ baton: { concurrency: { key: '${ .customer }', limit: 1 } } }";
  writeFileSync(
    file,
    `document: { dsl: '1.0.3', namespace: default, name: alone, version: '1.0.0', metadata: ${metadata} }\n` +
      "do:\n  - held: { listen: { to: { one: { with: { type: go } } } } }\n",
  );
  expect((await baton("apply", "-f", file)).code).toBe(0);
  const begin = async (): Promise<string> => (await baton("start", "alone", "-i", '{"customer":"acme"}')).out.trim().split(/\s+/)[0] ?? "";
  const [first, second] = [await begin(), await begin()];
  const statusOf = async (id: string): Promise<string> =>
    (JSON.parse((await baton("run", "get", id, "-o", "json")).out) as { status: string }).status;
  await expect.poll(() => statusOf(second)).toBe("pending");
  await server.kill();
  await server.start();
  await expect.poll(() => statusOf(first)).toBe("waiting");
  expect(await statusOf(second)).toBe("pending");
  expect((await baton("run", "get", second)).out).toMatch(/pending.*\n {2}waits in place 1 to go on: "flow\/alone\/acme" is held by run_/);
  expect((await baton("explain", second)).out).toMatch(/is pending\.\n {2}pending\.concurrency: at most 1 .* "acme" .* is held by run_/);
  expect((await baton("lock", "list")).out).toContain(`flow/alone/acme`);
  await baton("run", "cancel", first);
  await expect.poll(() => statusOf(second)).toBe("waiting");
});

test("a storm of kills of the server never lets two in at once, nor gives out a token twice", async () => {
  const tokens: number[] = [];
  let inside = 0;
  const work = async (owner: string): Promise<void> => {
    const locks = new Locks({ url: server.url, owner, reconnectMs: 50 });
    for (let i = 0; i < 4; i++)
      await locks.withLock(
        "storm",
        async ({ token, signal }) => {
          expect(++inside).toBe(1);
          tokens.push(token);
          await new Promise((resolve) => setTimeout(resolve, 20));
          expect(signal.aborted).toBe(false);
          inside--;
        },
        { leaseMs: 300_000 },
      );
  };
  const all = Promise.all(Array.from({ length: 6 }, (_, i) => work(`worker ${i}`)));
  for (let kill = 1; kill <= 3; kill++) {
    await expect.poll(() => tokens.length).toBeGreaterThan(kill * 5);
    await server.kill();
    await server.start();
  }
  await all;
  expect(tokens).toHaveLength(24);
  expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
});
