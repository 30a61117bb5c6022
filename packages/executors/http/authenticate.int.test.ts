import { afterEach, expect, test } from "vitest";
import type { Credentials, HttpWork, WorkOutcome } from "@baton/engine";
import { digestGuard, type DigestRules } from "../testing/digest-server.ts";
import { Servers, type Received } from "../testing/servers.ts";
import { createHttpExecutor } from "./http-executor.ts";

const servers = new Servers();
const executor = createHttpExecutor();
afterEach(() => servers.stop());

const work: HttpWork = {
  kind: "http",
  method: "POST",
  uri: "",
  headers: {},
  query: {},
  body: { a: 1 },
  output: "content",
  redirect: false,
};
const ada = { username: "ada", password: "love:lace" };

async function call(uri: string, authentication: Credentials, more: Partial<HttpWork> = {}): Promise<WorkOutcome> {
  return executor.perform({ ...work, uri, authentication, ...more }, { workId: "run_1:1", signal: new AbortController().signal });
}

async function guarded(rules: Partial<DigestRules>): Promise<{ url: string; lines: string[] }> {
  const lines: string[] = [];
  const check = digestGuard({ algorithm: "SHA-256", qop: "auth", usesPerNonce: 100, ...ada, ...rules });
  const url = await servers.answering((request: Received, response) => {
    const challenge = check(request);
    lines.push(challenge === undefined ? `in ${request.body}` : "out");
    response
      .writeHead(challenge === undefined ? 204 : 401, challenge === undefined ? {} : { "www-authenticate": challenge })
      .end("secret words");
  });
  return { url, lines };
}

test("basic and bearer are sent at once", async () => {
  const seen: (string | undefined)[] = [];
  const url = await servers.answering(({ headers }, response) => {
    seen.push(headers.authorization);
    response.end();
  });
  await call(url, { scheme: "basic", username: "Zoë", password: "a:b" });
  await call(url, { scheme: "bearer", token: "t0k" });
  expect(seen).toEqual([`Basic ${Buffer.from("Zoë:a:b").toString("base64")}`, "Bearer t0k"]);
});

test("an authentication beside a header of the author's is refused before anything is sent", async () => {
  const outcome = await call("http://127.0.0.1:9", { scheme: "bearer", token: "t" }, { headers: { Authorization: "x" } });
  expect(outcome).toMatchObject({ ok: false, fault: { kind: "configuration", detail: expect.stringContaining("both") as string } });
});

test.each<Partial<DigestRules>>([
  { algorithm: "SHA-256" },
  { algorithm: "MD5" },
  { algorithm: "SHA-256-sess" },
  { algorithm: "MD5-sess" },
  { qop: "auth-int" },
  { qop: undefined, algorithm: "MD5" },
])("digest %j: challenged once, then the nonce is counted on", async (rules) => {
  const { url, lines } = await guarded(rules);
  for (const path of ["/a?b=c", "/ä", "/"])
    expect(await call(url + path, { scheme: "digest", ...ada })).toEqual({ ok: true, output: null });
  expect(lines).toEqual(["out", ...Array.from({ length: 3 }, () => 'in {"a":1}')]);
});

test("a stale nonce is replaced without the call noticing", async () => {
  const { url, lines } = await guarded({ usesPerNonce: 1 });
  for (let i = 0; i < 3; i++) expect(await call(url, { scheme: "digest", ...ada })).toMatchObject({ ok: true });
  expect(lines).toEqual(["out", 'in {"a":1}', "out", 'in {"a":1}', "out", 'in {"a":1}']);
});

test("a nonce that is always stale ends in the server's refusal", async () => {
  const { url, lines } = await guarded({ usesPerNonce: 0 });
  expect(await call(url, { scheme: "digest", ...ada })).toMatchObject({ ok: false, fault: { status: 401 } });
  expect(lines).toHaveLength(3);
});

test("a wrong password is refused once, and tells nothing of the password", async () => {
  const { url, lines } = await guarded({});
  const outcome = await call(url, { scheme: "digest", username: "ada", password: "hunter2" });
  expect(outcome).toMatchObject({ ok: false, fault: { kind: "communication", status: 401 } });
  expect(JSON.stringify(outcome)).not.toContain("hunter2");
  expect(lines).toEqual(["out", "out"]);
});

test("a server that asks for another scheme gets no credentials", async () => {
  const seen: unknown[] = [];
  const url = await servers.answering(({ headers }, response) => {
    seen.push(headers.authorization);
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
  });
  expect(await call(url, { scheme: "digest", ...ada })).toMatchObject({ ok: false, fault: { status: 401 } });
  expect(seen).toEqual([undefined]);
});

test("many calls at a time share a nonce, each with a count of its own", async () => {
  const { url, lines } = await guarded({});
  await call(url, { scheme: "digest", ...ada });
  const outcomes = await Promise.all(Array.from({ length: 20 }, async () => call(url, { scheme: "digest", ...ada })));
  expect(outcomes.every(({ ok }) => ok)).toBe(true);
  expect(lines.filter((line) => line.startsWith("in"))).toHaveLength(21);
});
