import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { readAccess, readKubeconfig } from "./access.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cluster = {
  name: "c",
  cluster: { server: "https://10.0.0.1:6443/base", "certificate-authority-data": Buffer.from("CA").toString("base64") },
};
let files = 0;

function written(user: object, more: object = {}): string {
  const path = join(folder, `config-${files++}`);
  const contexts = [{ name: "arn:aws:x", context: { cluster: "c", user: "u", namespace: "batch" } }];
  writeFileSync(path, stringify({ "current-context": "arn:aws:x", clusters: [cluster], contexts, users: [{ name: "u", user }], ...more }));
  return path;
}

test("a context says where the cluster is and who we are", () => {
  const { name, server, namespace, tls, token } = readKubeconfig(written({ token: "t" }));
  expect({ name, namespace, url: server.href, token: token() }).toEqual({
    name: "arn:aws:x",
    namespace: "batch",
    url: "https://10.0.0.1:6443/base",
    token: "t",
  });
  expect(String(tls.ca)).toBe("CA");
});

test("a context is named behind a colon, also one that has colons itself", () => {
  const path = written({ token: "t" }, { "current-context": "" });
  expect(readAccess(`${path}:arn:aws:x`).name).toBe("arn:aws:x");
  expect(() => readAccess(path)).toThrow(
    expect.objectContaining({ code: "kubeconfig-invalid", message: expect.stringMatching(/no current context/) }),
  );
});

test("files that it names lie beside it; a token is read anew for each request", () => {
  for (const [name, text] of Object.entries({ token: "one\n", cert: "C", key: "K" })) writeFileSync(join(folder, name), text);
  const { tls, token } = readKubeconfig(written({ tokenFile: "token", "client-certificate": "cert", "client-key": "key" }));
  expect([String(tls.cert), String(tls.key), token()]).toEqual(["C", "K", "one"]);
  writeFileSync(join(folder, "token"), "two");
  expect(token()).toBe("two");
});

test.each([
  [{ exec: { command: "aws" } }, {}, /credentials from a program \(exec\)/],
  [{ "auth-provider": {} }, {}, /auth-provider/],
  [{ username: "a", password: "b" }, {}, /user name and a password/],
  [{ token: "t", as: "root" }, {}, /somebody else/],
  [{ tokenFile: "not-there" }, {}, /not-there, which it names, cannot be read/],
  [{ "client-key": "key" }, {}, /without the other/],
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

test("inside a cluster, the pod's service account says it", () => {
  for (const [name, text] of Object.entries({ token: "pod-token", namespace: "jobs\n", "ca.crt": "CA" }))
    writeFileSync(join(folder, name), text);
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443", BATON_SERVICE_ACCOUNT: folder };
  const { server, namespace, token } = readAccess("in-cluster", env);
  expect([server.href, namespace, token()]).toEqual(["https://[fd00::1]/", "jobs", "pod-token"]);
  expect(() => readAccess("in-cluster", {})).toThrow(expect.objectContaining({ code: "kubeconfig-invalid" }));
});
