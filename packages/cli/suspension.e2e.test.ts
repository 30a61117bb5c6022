// Real processes that the scheduler holds and lets go on: a short job takes the machine from a long one, which has not lost or
// doubled anything afterwards, also where the server was killed meanwhile.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job } from "@baton/api";
import { OwnServer } from "./testing.ts";

const server = new OwnServer("suspension");
const { baton, folder } = server;
const jobOf = async (id: string): Promise<Job> => JSON.parse((await baton("job", "get", id, "-o", "json")).out) as Job;
const statusOf = async (id: string): Promise<string> => (await jobOf(id)).status;
const written = async (id: string): Promise<string> => (await baton("job", "logs", id)).out;

beforeAll(async () => {
  await server.start();
  writeFileSync(join(folder, "policy.yaml"), "kind: policy\norder: srtf\n");
  expect((await baton("apply", "-f", join(folder, "policy.yaml"))).code).toBe(0);
});
afterAll(() => server.remove());

/** A job that takes all processors, counts until a file is there, and ends. */
async function counting(name: string, expected: string): Promise<string> {
  const [{ cpu = 0 } = {}] = (
    JSON.parse((await baton("node", "list", "-o", "json")).out) as { readonly capacity: { readonly cpu?: number } }[]
  ).map(({ capacity }) => capacity);
  const text = 'i=0; until [ -e "$1" ]; do echo $i; i=$((i+1)); sleep 0.05; done; echo "end $i"';
  const submitted = await baton("submit", "--cpu", `${cpu}m`, "--expected", expected, "--", "sh", "-c", text, "sh", join(folder, name));
  expect(submitted.err).toBe("");
  return submitted.out.trim();
}

test("a short job takes the processors from a long one, which goes on where it was, over a kill of the server", async () => {
  const long = await counting("long", "2h");
  await expect.poll(() => written(long)).toContain("1\n");
  const short = await counting("short", "1m");
  await expect.poll(() => statusOf(long)).toBe("suspended");
  await expect.poll(() => written(short)).toContain("1\n");
  // What it had written may still be on its way; then nothing more comes while the other one goes on.
  let before = "";
  const isQuiet = async (): Promise<boolean> => {
    const shortBefore = await written(short);
    before = await written(long);
    await expect.poll(async () => (await written(short)).length).toBeGreaterThan(shortBefore.length + 20);
    return (await written(long)) === before;
  };
  await expect.poll(isQuiet).toBe(true);
  await server.kill();
  await server.start();
  expect(await statusOf(long)).toBe("suspended");
  writeFileSync(join(folder, "short"), "");
  expect((await baton("job", "wait", short)).code).toBe(0);
  await expect.poll(async () => (await written(long)).length).toBeGreaterThan(before.length);
  writeFileSync(join(folder, "long"), "");
  expect((await baton("job", "wait", long)).code).toBe(0);
  for (const id of [long, short]) {
    const lines = (await written(id)).trim().split("\n");
    expect(lines.slice(0, -1).map(Number)).toEqual(lines.slice(0, -1).map((_, i) => i));
    expect(lines.at(-1)).toBe(`end ${lines.length - 1}`);
    expect(await jobOf(id)).toMatchObject({ status: "completed", attempt: 1 });
  }
});
