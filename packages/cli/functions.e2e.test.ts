// The default catalog as people handle it: real commands, a real server.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Job } from "@baton/api";
import { defineFunction, startWorker } from "@baton/sdk";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-functions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("functions are applied from a catalog's folder, called, listed, shown and deleted", async () => {
  write("functions/outer/1.0.0/function.yaml", "call: greet:1.0.0@default\nwith: { name: '${ .who }' }\n");
  write("functions/zreet/1.0.0/function.yaml", "call: greet:1.0.0@default\nwith: { name: z }\n");
  write("functions/greet/1.0.0/function.yaml", "set: { text: '${ \"Hello \" + .name }' }\n");
  const flow = write(
    "flow.yaml",
    "document: { dsl: '1.0.3', namespace: default, name: f, version: '1.0.0' }\ndo: [a: { call: 'outer:1.0.0@default', with: { who: Ada } }]\n",
  );
  const server = await startUp(["--data", join(folder, "data")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  expect(await baton("function", "apply", join(folder, "functions"))).toMatchObject({
    code: 0,
    out: "",
    err: "default/greet:1.0.0 added\ndefault/outer:1.0.0 added\ndefault/zreet:1.0.0 added\n",
  });
  expect((await baton("function", "apply", join(folder, "functions"))).err).toContain("default/greet:1.0.0 unchanged\n");
  const run = await baton("run", flow);
  expect([run.code, JSON.parse(run.out)]).toEqual([0, { text: "Hello Ada" }]);
  const other = write("other.yaml", "set: { text: other }\n");
  expect((await baton("function", "apply", other, "--as", "greet:1.1.0", "--namespace", "shop")).err).toBe("shop/greet:1.1.0 added\n");
  expect((await baton("function", "list", "-o", "ids")).out).toBe(
    "default/greet:1.0.0\ndefault/outer:1.0.0\ndefault/zreet:1.0.0\nshop/greet:1.1.0\n",
  );
  expect((await baton("function", "get", "greet:1.1.0", "--namespace", "shop")).out).toBe("set: { text: other }\n");
  expect((await baton("function", "delete", "zreet:1.0.0")).err).toBe("default/zreet:1.0.0 is deleted\n");
  expect((await baton("function", "get", "zreet:1.0.0")).code).toBe(4);
  expect((await baton("function", "apply", other, "--as", "greet:1.0.0")).code).toBe(6);
  expect(await baton("function", "apply", other)).toMatchObject({ code: 2, err: expect.stringContaining("--as NAME:VERSION") as unknown });
  expect(await baton("function", "get", "greet")).toMatchObject({ code: 2 });
  const wrong = write("functions/wrong/1.0.0/function.yaml", "sett: { a: 1 }\n");
  expect(await baton("function", "apply", wrong)).toMatchObject({
    code: 1,
    err: expect.stringContaining("did you mean `set`?") as unknown,
  });
  await stop(server.process);
});

test("a call that is waited for prints its log and then its answer, and as JSON the whole job; what can be called is listed", async () => {
  const server = await startUp(["--data", join(folder, "answers")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  const square = defineFunction<{ x: number }, { square: number }>("square", { version: "1.0.0" }, ({ x }, { log }) => {
    if (x < 0) throw new Error("no root is so");
    log(`squaring ${x}`);
    return { square: x * x };
  });
  const nothing = defineFunction("nothing", { version: "1.0.0" }, () => null);
  const worker = startWorker({ url: server.url, functions: [square, nothing], concurrency: 7 });
  await worker.ready;
  const call = (x: number): string => write(`call${x}.json`, JSON.stringify({ function: "square", payload: { x } }));
  const answer = `${JSON.stringify({ square: 144 }, null, 2)}\n`;
  expect(await baton("submit", "--wait", "-f", call(12))).toEqual({ code: 0, out: `squaring 12\n${answer}`, err: "" });
  const whole = await baton("submit", "--wait", "-f", call(12), "-o", "json");
  const [job] = JSON.parse(whole.out) as readonly Job[];
  expect([whole.err, job?.status, job?.output]).toEqual(["squaring 12\n", "completed", { square: 144 }]);
  const id = job?.id ?? "";
  expect(await baton("job", "wait", id)).toEqual({ code: 0, out: answer, err: `${id} completed\n` });
  expect(JSON.parse((await baton("job", "wait", id, "-o", "json")).out)).toEqual([job]);
  expect(await baton("submit", "--wait", "-f", call(-1))).toMatchObject({ code: 1, out: "" });
  const both = write(
    "both.yaml",
    "jobs: [{ name: a, function: square, payload: { x: 12 } }, { name: b, function: nothing, after: [a] }]\n",
  );
  expect(await baton("submit", "--wait", "-f", both)).toMatchObject({ code: 0, out: `${answer}null\n` });
  const listed = JSON.parse((await baton("function", "list", "-o", "json")).out) as readonly unknown[];
  const brought = { namespace: "*", version: "1.0.0", source: "worker", package: null, workers: 1, createdAt: null };
  expect(listed).toEqual([
    { ...brought, name: "nothing", concurrency: 7 },
    { ...brought, name: "square", concurrency: 7 },
  ]);
  const second = startWorker({ url: server.url, functions: [square], concurrency: 3 });
  await second.ready;
  expect((await baton("function", "list")).out).toMatch(/\* +nothing +1\.0\.0 +worker +1 +7\n\* +square +1\.0\.0 +worker +2 +10\n$/);
  await second.close();
  await worker.close();
  await expect.poll(async () => (await baton("function", "list", "-o", "ids")).out).toBe("");
  await stop(server.process);
});

test("a worker with another contract for the same version is kept out, and told so, until nobody else offers it", async () => {
  const server = await startUp(["--data", join(folder, "contracts")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  const half = (type: string): ReturnType<typeof defineFunction> =>
    defineFunction("half", { version: "1.0.0", input: { type } }, () => type);
  const said: string[] = [];
  const more = { url: server.url, reconnectMs: 50, log: (text: string) => void said.push(text) };
  const first = startWorker({ ...more, id: "first", functions: [half("number")] });
  await first.ready;
  const other = startWorker({ ...more, id: "other", functions: [half("string")] });
  await expect.poll(() => said.join("\n")).toContain("first, which is connected. (function-version-taken)");
  await first.close();
  await other.ready;
  const changed = await baton("audit", "list", "--action", "function.changed", "-o", "json");
  expect(JSON.parse(changed.out)).toMatchObject([{ actor: "node other", subject: "half:1.0.0" }]);
  await other.close();
  await stop(server.process);
});
