// Secrets as people handle them: real commands, a real server that is stopped and started with another key.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-secrets-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const path = (name: string): string => join(folder, name);

writeFileSync(
  path("flow.yaml"),
  `document: { dsl: '1.0.3', namespace: default, name: reads, version: '1.0.0' }
use: { secrets: [API_TOKEN, login] }
do:
  - tell: { set: { length: '\${ $secrets.API_TOKEN | length }', user: '\${ $secrets.login.username | explode }', token: '\${ $secrets.API_TOKEN }' } }
`,
);
const output = { length: 11, user: [97, 100, 97], token: "***" };

test("secrets are set, used, listed, encrypted anew and deleted; their values are never printed", async () => {
  const first = (await runCommand(["secret", "generate-key"])).out;
  writeFileSync(path("keys"), first);
  const args = ["--data", path("data"), "--secret-key-file", path("keys")];
  const server = await startUp(args);
  const baton = (url: string, words: readonly string[], input = ""): ReturnType<typeof runCommand> =>
    runCommand([...words, "--server", url], { input });
  expect(await baton(server.url, ["secret", "set", "API_TOKEN"], "hunter2-abc\n")).toMatchObject({
    code: 0,
    out: "",
    err: "default/API_TOKEN is set\n",
  });
  const login = await baton(server.url, ["secret", "set", "login", "--json"], '{"username":"ada","password":"lovelace-1815"}');
  expect(login.code).toBe(0);
  const wrong = await baton(server.url, ["secret", "set", "login", "--json"], "hunter3");
  expect([wrong.code, wrong.err.includes("hunter3")]).toEqual([2, false]);
  const run = await baton(server.url, ["run", path("flow.yaml")]);
  expect([run.code, JSON.parse(run.out)]).toEqual([0, output]);
  const listed = await baton(server.url, ["secret", "list", "-o", "json"]);
  expect(JSON.parse(listed.out)).toMatchObject([{ name: "API_TOKEN" }, { name: "login" }]);
  expect(listed.out).not.toContain("hunter2");
  expect((await baton(server.url, ["secret", "delete", "nobody"])).code).toBe(4);
  const told = (secret: string): ReturnType<typeof runCommand> =>
    runCommand(["--server", server.url, "submit", "--webhook", "http://127.0.0.1:9/x", "--webhook-secret", secret, "--", "true"]);
  expect(await told("nope")).toMatchObject({ code: 4, out: "", err: expect.stringContaining("code:  secret-unknown") as unknown });
  expect((await baton(server.url, ["job", "list", "-o", "ids"])).out).toBe("");
  expect((await told("API_TOKEN")).code).toBe(0);
  await stop(server.process);

  const second = (await runCommand(["secret", "generate-key"])).out;
  writeFileSync(path("keys"), second + first);
  const again = await startUp(args);
  expect((await baton(again.url, ["secret", "rotate"])).err).toBe("2 secrets are encrypted anew\n");
  await stop(again.process);
  writeFileSync(path("keys"), second);
  const last = await startUp(args);
  const started = await baton(last.url, ["start", "reads", "--wait"]);
  expect([started.code, JSON.parse(started.out)]).toEqual([0, output]);
  expect((await baton(last.url, ["secret", "delete", "login"])).code).toBe(0);
  expect((await baton(last.url, ["start", "reads", "--wait"])).code).toBe(8);
  await stop(last.process);
  expect(readFileSync(path("data/baton.db"), "latin1")).not.toMatch(/hunter2-abc|lovelace-1815/);
});

test("a server without a key refuses to keep secrets, and says what to do", async () => {
  const server = await startUp(["--data", path("keyless")]);
  const { code, err } = await runCommand(["secret", "set", "a", "--server", server.url], { input: "hunter2" });
  expect(code).toBe(6);
  expect(err).toContain("generate-key");
  await stop(server.process);
});

test("a run without a server takes secrets from the environment and files that are named, and from nowhere else", async () => {
  const env = { API_TOKEN: "hunter2-abc" };
  writeFileSync(path("login.json"), '{"username":"ada","password":"lovelace-1815"}\n');
  writeFileSync(path("all.yaml"), "API_TOKEN: hunter2-abc\nlogin: { username: ada, password: lovelace-1815 }\n");
  const local = (...words: string[]): ReturnType<typeof runCommand> => runCommand(["run", path("flow.yaml"), "--local", ...words], { env });
  for (const words of [
    ["--secret", "API_TOKEN", "--secret", `login=@${path("login.json")}`],
    ["--secret-file", path("all.yaml")],
  ]) {
    const { code, out } = await local(...words);
    expect([code, JSON.parse(out)]).toEqual([0, output]);
  }
  expect(await local()).toMatchObject({ code: 8, err: expect.stringContaining('The secret "API_TOKEN" is not there') as string });
  const inline = await local("--secret", "API_TOKEN=hunter2-abc");
  expect([inline.code, inline.err.includes("hunter2")]).toEqual([2, false]);
  expect((await local("--secret", "NOT_THERE")).code).toBe(2);
});
