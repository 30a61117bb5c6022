// Keys, vault, and what is looked for to keep secrets out of what is stored.
import { createDecipheriv } from "node:crypto";
import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import { openMemoryStore, type Store } from "@baton/storage";
import { systemClock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { keyIdOf, newKey, readKeyring } from "./keyring.ts";
import { hidden, hideInJson, hideInText, mayHold, needlesOf } from "./needles.ts";
import { openVault, secretLimits, type Vault } from "./vault.ts";

const key = Buffer.alloc(32, 7).toString("base64");
const other = Buffer.alloc(32, 8).toString("base64");

async function vaultOn(store: Store, keys?: string): Promise<{ vault: Vault; log: LogRecord[] }> {
  const log: LogRecord[] = [];
  const keyring = keys === undefined ? undefined : readKeyring(keys, "test");
  return { vault: await openVault({ store, clock: systemClock, keyring, log: (record) => log.push(record) }), log };
}

test("what is sealed is AES-256-GCM, each time another text, and opens for its purpose only", () => {
  const keyring = readKeyring(key, "test");
  const sealed = keyring.seal("hunter2", "a");
  expect(sealed).not.toBe(keyring.seal("hunter2", "a"));
  expect(keyring.unseal(sealed, "a")).toBe("hunter2");
  const bytes = Buffer.from(sealed.split(".")[2] ?? "", "base64url");
  const decipher = createDecipheriv("aes-256-gcm", Buffer.alloc(32, 7), bytes.subarray(0, 12)).setAAD(Buffer.from("a"));
  decipher.setAuthTag(bytes.subarray(-16));
  expect(decipher.update(bytes.subarray(12, -16), undefined, "utf8") + decipher.final("utf8")).toBe("hunter2");
  expect(() => keyring.unseal(sealed, "b")).toThrow("was changed, or belongs elsewhere");
  bytes[12] = (bytes[12] ?? 0) ^ 1;
  const changed = [...sealed.split(".").slice(0, 2), bytes.toString("base64url")].join(".");
  expect(() => keyring.unseal(changed, "a")).toThrow("was changed");
  expect(() => readKeyring(other, "test").unseal(sealed, "a")).toThrow(`with the key ${keyIdOf(sealed)}, which`);
});

test("a text of keys has one on each line; what is no key is named by its place, never shown", () => {
  expect(readKeyring(`# current\n${key}\n\n${other}\n`, "f").current).toBe(readKeyring(key, "f").current);
  expect(Buffer.from(newKey(), "base64")).toHaveLength(32);
  expect(() => readKeyring("", "f")).toThrow("There is no key.");
  expect(() => readKeyring(`${key}\nhunter2`, "f")).toThrow("Key 2 is not 32 bytes in base64.");
});

test("secrets are kept by namespace, replaced, deleted, and there again at the next start", async () => {
  const store = openMemoryStore();
  const { vault } = await vaultOn(store, key);
  expect(await vault.set("t", "shop", "token", "hunter2")).toMatchObject({ created: true, secret: { namespace: "shop", name: "token" } });
  expect(await vault.set("t", "shop", "token", { pin: 1 })).toMatchObject({ created: false });
  expect([vault.read("t", "shop", "token"), vault.read("t", "depot", "token"), vault.read("u", "shop", "token")]).toEqual([
    { pin: 1 },
    undefined,
    undefined,
  ]);
  expect(JSON.stringify(await store.listSecrets())).not.toContain("hunter2");
  const { vault: again } = await vaultOn(store, key);
  expect(again.read("t", "shop", "token")).toEqual({ pin: 1 });
  expect(again.traces("t", "shop", "token")).toEqual([{ pin: 1 }, "hunter2"]);
  expect(again.list("t", "shop")).toEqual(vault.list("t", "shop"));
  await vault.delete("t", "shop", "token");
  expect(vault.read("t", "shop", "token")).toBeUndefined();
  await expect(vault.delete("t", "shop", "token")).rejects.toMatchObject({ code: "secret-unknown" });
});

test("a row that was moved to another name does not open there", async () => {
  const store = openMemoryStore();
  const { vault } = await vaultOn(store, key);
  await vault.set("t", "shop", "mine", "hunter2");
  const [row] = await store.listSecrets();
  if (row === undefined) throw new Error("Expected a row.");
  await store.putSecret({ ...row, namespace: "foreign" });
  const { vault: again, log } = await vaultOn(store, key);
  expect(again.read("t", "foreign", "mine")).toBeUndefined();
  expect(log).toMatchObject([{ level: "warning", message: expect.stringContaining("1 of 2 secrets") as string }]);
});

test("rotating encrypts anew what a former key encrypted; until then both open", async () => {
  const store = openMemoryStore();
  const { vault: before } = await vaultOn(store, key);
  for (const name of ["a", "b", "c"]) await before.set("t", "n", name, `value ${name}`);
  const { vault } = await vaultOn(store, `${other}\n${key}`);
  expect(vault.read("t", "n", "b")).toBe("value b");
  expect([await vault.rotate(), await vault.rotate()]).toEqual([3, 0]);
  const { vault: after } = await vaultOn(store, other);
  expect(after.allTraces("t")).toEqual(["value a", "value b", "value c"]);
});

test("without a key nothing is set or read, and that is said", async () => {
  const store = openMemoryStore();
  await (await vaultOn(store, key)).vault.set("t", "n", "a", "hunter2");
  const { vault, log } = await vaultOn(store);
  expect(vault.read("t", "n", "a")).toBeUndefined();
  expect(log).toHaveLength(1);
  await expect(vault.set("t", "n", "b", "x")).rejects.toMatchObject({ code: "secrets-locked" });
  await expect(vault.rotate()).rejects.toMatchObject({ code: "secrets-locked" });
});

test.each<[string, Json]>([
  ["a b", "x"],
  ["", "x"],
  ["x".repeat(secretLimits.nameLength + 1), "x"],
  ["a", ""],
  ["a", null],
  ["a", "hunter2".repeat(10_000)],
  ["a", [[[[[[[[["hunter2"]]]]]]]]]],
])("a secret %j with a value that cannot be is refused, and the value is not shown", async (name, value) => {
  const { vault } = await vaultOn(openMemoryStore(), key);
  const error = await vault.set("t", "n", name, value).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "secret-invalid", message: expect.not.stringContaining("hunter2") as string });
});

test("a secret is found as it is, in JSON, in URLs, in forms, and in base64 wherever it stands", () => {
  const secret = 'p@ss "wörd"/+ 7';
  const needles = needlesOf([{ nested: [secret] }, 4711, "abc"]);
  const shown = [
    secret,
    JSON.stringify({ inner: secret }),
    JSON.stringify(JSON.stringify(secret)),
    `/x?key=${encodeURIComponent(secret)}`,
    new URLSearchParams({ key: secret }).toString(),
    ...["", "a", "ab", "abc:"].flatMap((before) =>
      ["", "x", "xy"].flatMap((behind) =>
        (["base64", "base64url"] as const).map((form) => Buffer.from(before + secret + behind).toString(form)),
      ),
    ),
  ];
  for (const text of shown) {
    expect(mayHold(needles, JSON.stringify(text)), text).toBe(true);
    expect(hideInText(needles, text), text).toContain(hidden);
  }
  expect(hideInText(needles, "the abc is not hidden, 4711 is")).toBe("the abc is not hidden, *** is");
  expect(hideInJson(needles, { [`key ${secret}`]: [4711, 4712, null, true, secret] })).toEqual({
    "key ***": [hidden, 4712, null, true, hidden],
  });
  expect(mayHold(needles, '{"nothing":"here"}')).toBe(false);
});

test("a longer secret is hidden before a shorter one within it", () => {
  expect(hideInText(needlesOf(["abcd", "abcdef"]), "xabcdefx abcd")).toBe("x***x ***");
});
