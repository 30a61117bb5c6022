import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { readAccess, readKubeconfig } from "./access.ts";

vi.setConfig({ testTimeout: 300_000 });

const folder = mkdtempSync(join(tmpdir(), "baton-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A certificate of its own authority and its key, good for so many days. */
function certificate(name: string, days: number): void {
  const subject = ["-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.crt`];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", String(days), ...subject];
  execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
}
certificate("good", 2);
certificate("other", 2);
const ca = readFileSync(join(folder, "good.crt"));

const cluster = {
  name: "c",
  cluster: { server: "https://10.0.0.1:6443/base", "certificate-authority-data": ca.toString("base64") },
};
let files = 0;

function written(user: object, more: object = {}): string {
  const path = join(folder, `config-${files++}`);
  const contexts = [{ name: "arn:aws:x", context: { cluster: "c", user: "u", namespace: "batch" } }];
  writeFileSync(path, stringify({ "current-context": "arn:aws:x", clusters: [cluster], contexts, users: [{ name: "u", user }], ...more }));
  return path;
}

/** A program that says what a file beside it holds, and notes each run with what it was told. */
function plugin(): { readonly path: string; readonly says: (status: object | string) => void; readonly runs: () => readonly string[] } {
  const path = join(folder, `plugin-${files++}`);
  writeFileSync(path, '#!/bin/sh\necho "$1 $REGION $KUBERNETES_EXEC_INFO" >> "$0.runs"\nexec sh "$0.says"\n', { mode: 0o755 });
  const says = (status: object | string): void => {
    const text = JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status });
    writeFileSync(`${path}.says`, typeof status === "string" ? status : `echo '${text}'`);
  };
  return { path, says, runs: () => readFileSync(`${path}.runs`, "utf8").trim().split("\n") };
}

const version = { apiVersion: "client.authentication.k8s.io/v1" };

test("a program gives tokens, is told what it needs to know, and is asked again when one ends or is not taken", async () => {
  const { path, says, runs } = plugin();
  const exec = { ...version, command: path, args: ["get-token"], env: [{ name: "REGION", value: "eu" }], provideClusterInfo: true };
  const { token, renew } = readKubeconfig(written({ exec }));
  says({ token: "one", expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString() });
  expect(await Promise.all([token(), token()])).toEqual(["one", "one"]);
  expect(await token()).toBe("one");
  expect(runs()).toHaveLength(1);
  expect(runs()[0]).toMatch(
    /^get-token eu \{"apiVersion":"client.authentication.k8s.io\/v1","kind":"ExecCredential","spec":\{"interactive":false,"cluster":\{"server":"https:\/\/10.0.0.1/,
  );
  says({ token: "two", expirationTimestamp: new Date(Date.now() + 1_000).toISOString() });
  expect([renew("none of its"), await token()]).toEqual([true, "one"]);
  expect([renew("one"), await token()]).toEqual([true, "two"]);
  says({ token: "three" });
  expect([await token(), await token()]).toEqual(["three", "three"]);
  expect(runs()).toHaveLength(3);
});

test.each([
  [
    "that is not there",
    { command: "no-such-program-here", installHint: "Install it with apt." },
    "",
    /no-such-program-here is not on this machine. Install it with apt./,
  ],
  ["that fails", {}, "echo Unable to locate credentials >&2; exit 255", /ended with 255: Unable to locate credentials/],
  ["that says something else", {}, "echo hello", /did not answer with an ExecCredential/],
  ["that gives a certificate", {}, `echo '{"status":{"clientCertificateData":"x"}}'`, /gave no token/],
])("a program %s is an error that may pass", async (_, more, text, message) => {
  const { path, says } = plugin();
  says(text);
  const { token } = readKubeconfig(written({ exec: { ...version, command: path, ...more } }));
  const failed = { code: "kubernetes-credentials-failed", message: expect.stringMatching(message) as string };
  await expect(token()).rejects.toMatchObject(failed);
  await expect(token()).rejects.toMatchObject({ retryable: true });
  says({ token: "later" });
  if (text !== "") expect(await token()).toBe("later");
});

test("a context says where the cluster is and who we are", () => {
  const { name, server, namespace, tls, token } = readKubeconfig(written({ token: "t" }));
  expect({ name, namespace, url: server.href, token: token() }).toEqual({
    name: "arn:aws:x",
    namespace: "batch",
    url: "https://10.0.0.1:6443/base",
    token: "t",
  });
  expect(String(tls.ca)).toBe(String(ca));
});

test("a context is named behind a colon, also one that has colons itself", () => {
  const path = written({ token: "t" }, { "current-context": "" });
  expect(readAccess(`${path}:arn:aws:x`).name).toBe("arn:aws:x");
  expect(() => readAccess(path)).toThrow(
    expect.objectContaining({ code: "kubeconfig-invalid", message: expect.stringMatching(/no current context/) }),
  );
});

test("files that it names lie beside it; a token is read anew for each request", () => {
  writeFileSync(join(folder, "token"), "one\n");
  const { tls, token } = readKubeconfig(written({ tokenFile: "token", "client-certificate": "good.crt", "client-key": "good.key" }));
  expect([String(tls.cert), token()]).toEqual([String(ca), "one"]);
  expect(String(tls.key)).toContain("PRIVATE KEY");
  writeFileSync(join(folder, "token"), "two");
  expect(token()).toBe("two");
});

test.each([
  [{ exec: { command: "aws" } }, {}, /exec speaks ""; known are client.authentication.k8s.io\/v1/],
  [{ exec: { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "aws" } }, {}, /v1alpha1"; known are/],
  [{ exec: { apiVersion: "client.authentication.k8s.io/v1" } }, {}, /names no command/],
  [{ exec: { apiVersion: "client.authentication.k8s.io/v1", command: "aws", interactiveMode: "Always" } }, {}, /wants a terminal/],
  [{ "auth-provider": {} }, {}, /auth-provider/],
  [{ username: "a", password: "b" }, {}, /user name and a password/],
  [{ token: "t", as: "root" }, {}, /somebody else/],
  [{ tokenFile: "not-there" }, {}, /not-there, which it names, cannot be read/],
  [{ "client-key": "good.key" }, {}, /without the other/],
  [{ "client-key": "good.key", "client-certificate": "other.crt" }, {}, /cannot be used: .*key values mismatch/],
  [{ "client-key": "token", "client-certificate": "token" }, {}, /cannot be used/],
  [{}, { clusters: [{ name: "c", cluster: { server: "https://x", "certificate-authority-data": "Q0E=" } }] }, /is no certificate/],
  [{}, { clusters: [{ name: "c", cluster: { ...cluster.cluster, "insecure-skip-tls-verify": true } }] }, /leave one out/],
  [{}, { contexts: [] }, /no context with the name "arn:aws:x"/],
  [{}, { clusters: [] }, /no cluster with the name "c"/],
  [{}, { clusters: [{ name: "c", cluster: { server: "ftp://x" } }] }, /"ftp:\/\/x" is not the address/],
  [{}, { clusters: [{ name: "c", cluster: { server: "https://x", "proxy-url": "http://p" } }] }, /behind a proxy/],
])("what cannot be used says why: %j %j", (user, more, message) => {
  expect(() => readKubeconfig(written(user, more))).toThrow(
    expect.objectContaining({ code: "kubeconfig-invalid", message: expect.stringMatching(message) }),
  );
});

test("a file that is not there, or is no kubeconfig", () => {
  const path = join(folder, "list");
  writeFileSync(path, "- 1");
  expect(() => readAccess(path)).toThrow(expect.objectContaining({ message: expect.stringMatching(/an object was expected/) }));
  writeFileSync(path, "a: [");
  expect(() => readAccess(path)).toThrow(expect.objectContaining({ message: expect.stringMatching(/cannot be read/) }));
  expect(() => readAccess("/nowhere/config:x")).toThrow(expect.objectContaining({ message: expect.stringMatching(/There is no file/) }));
});

test("what is not safe is warned about", () => {
  const warned = (of: object): readonly string[] =>
    readKubeconfig(written({ token: "t" }, { clusters: [{ name: "c", cluster: of }] })).warnings;
  expect(warned({ server: "https://x", "insecure-skip-tls-verify": true })).toEqual([expect.stringContaining("not checked")]);
  expect(warned({ server: "http://10.0.0.1" })).toEqual([expect.stringContaining("reads everything")]);
  expect([...warned({ server: "http://127.0.0.1:8001" }), ...warned(cluster.cluster)]).toEqual([]);
});

test("inside a cluster, the pod's service account says it", () => {
  for (const [name, text] of Object.entries({ token: "pod-token", namespace: "jobs\n", "ca.crt": "CA" }))
    writeFileSync(join(folder, name), text);
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443", BATON_SERVICE_ACCOUNT: folder };
  const { server, namespace, token } = readAccess("in-cluster", env);
  expect([server.href, namespace, token()]).toEqual(["https://[fd00::1]/", "jobs", "pod-token"]);
  expect(() => readAccess("in-cluster", {})).toThrow(expect.objectContaining({ code: "kubeconfig-invalid" }));
});
