// Packages on a machine: kept by their content, fetched once, believed only when they are what was deployed, cleared away.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  fetchedPackages,
  keptPackages,
  PackageFolder,
  packageDigest,
  packageLimits,
  writeConnection,
  type PackageFiles,
} from "./packages.ts";

const root = mkdtempSync(join(tmpdir(), "baton-package-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(root, String(folders++));
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const files: PackageFiles = { "index.ts": base64("export default 1;\n"), "lib/twice.js": base64("") };

test("what is kept comes back as it was, under a digest that another content does not have", async () => {
  const path = newFolder();
  const folder = new PackageFolder(path);
  const digest = folder.keep(files);
  expect([digest, folder.keep({ ...files })]).toEqual([packageDigest(files), digest]);
  expect(folder.filesOf(digest)).toEqual(files);
  expect(await keptPackages(folder)(digest)).toBe(join(path, digest));
  expect(packageDigest({ ...files, "index.ts": base64("export default 2;\n") })).not.toBe(digest);
  await expect(keptPackages(folder)("0".repeat(64))).rejects.toMatchObject({ code: "package-unavailable" });
  expect([folder.filesOf("../etc"), folder.has("..")]).toEqual([undefined, false]);
});

test("a machine fetches what it lacks once, also when many ask at a time, and has it from then on", async () => {
  const path = newFolder();
  let fetched = 0;
  const source = {
    files: () => {
      fetched++;
      return Promise.resolve(files);
    },
    deployed: () => Promise.resolve([]),
  };
  const folderOf = fetchedPackages(new PackageFolder(path), source);
  const digest = packageDigest(files);
  const found = await Promise.all([folderOf(digest), folderOf(digest), folderOf(digest)]);
  expect([new Set(found), fetched]).toEqual([new Set([join(path, digest)]), 1]);
  expect(readFileSync(join(path, digest, "index.ts"), "utf8")).toBe("export default 1;\n");
  await fetchedPackages(new PackageFolder(path), source)(digest);
  expect(fetched).toBe(1);
});

const big = { "big.js": base64("x".repeat(packageLimits.bytes + 1)) };
const many = Object.fromEntries(Array.from({ length: packageLimits.files + 1 }, (_, i) => [`f${i}`, ""]));
test.each<[string, PackageFiles, string, RegExp]>([
  ["other than its digest says", { "index.ts": base64("evil") }, packageDigest(files), /is not what its digest says/],
  ["larger than a package may be", big, packageDigest(big), /more than \d+ bytes/],
  ["more files than there may be", many, packageDigest(many), /more than 5000 files/],
  ["a path that leads out of it", { "../evil": "" }, packageDigest({ "../evil": "" }), /leads out of it/],
])("what comes and is %s is not run, and nothing of it is kept", async (_, sent, digest, why) => {
  const path = newFolder();
  const source = { files: () => Promise.resolve(sent), deployed: () => Promise.resolve([]) };
  await expect(fetchedPackages(new PackageFolder(path), source)(digest)).rejects.toMatchObject({
    code: "package-unavailable",
    message: expect.stringMatching(why) as string,
  });
  expect(existsSync(path) ? readdirSync(path) : []).toEqual([]);
});

test("a server that does not answer is told as it is, and asked again the next time", async () => {
  const answers = [Promise.reject(new Error("nobody is there")), Promise.resolve(files)];
  const source = { files: () => answers.shift() ?? Promise.reject(new Error("asked too often")), deployed: () => Promise.resolve([]) };
  const folderOf = fetchedPackages(new PackageFolder(newFolder()), source);
  const digest = packageDigest(files);
  await expect(folderOf(digest)).rejects.toMatchObject({
    code: "package-unavailable",
    message: expect.stringContaining("nobody is there") as string,
  });
  expect(await folderOf(digest)).toContain(digest);
  await expect(folderOf("../../etc")).rejects.toMatchObject({ code: "package-unavailable" });
});

test("what nobody has deployed any more goes when another one comes; what has just come stays", async () => {
  const path = newFolder();
  const folder = new PackageFolder(path);
  const [old, deployed, fresh] = ["a", "b", "c"].map((text) => folder.keep({ "index.js": base64(text) }));
  const yesterday = new Date(Date.now() - 86_400_000);
  for (const digest of [old, deployed]) utimesSync(join(path, digest ?? ""), yesterday, yesterday);
  const source = { files: () => Promise.resolve(files), deployed: () => Promise.resolve([deployed ?? ""]) };
  await fetchedPackages(folder, source)(packageDigest(files));
  expect(new Set(readdirSync(path))).toEqual(new Set([deployed, fresh, packageDigest(files)]));
});

test("how the server is reached is for the node's own user", () => {
  const file = join(newFolder(), "connection.json");
  writeConnection(file, { url: "http://a", token: "t" });
  expect([statSync(file).mode & 0o777, JSON.parse(readFileSync(file, "utf8"))]).toEqual([0o600, { url: "http://a", token: "t" }]);
});
