// `baton approval` against a real server.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-approvals-"));
let server: ChildProcess | undefined;
afterAll(async () => {
  if (server) await stop(server);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

const guide = readFileSync(new URL("../../docs/guide/approvals.md", import.meta.url), "utf8");

test("what waits is listed, shown, refused where it is wrong, and answered", async () => {
  const started = await startUp(["--data", join(folder, "data")]);
  server = started.process;
  const baton = (...args: readonly string[]) => runCommand(args, { env: { BATON_SERVER: started.url } });
  const file = join(folder, "release.yaml");
  writeFileSync(file, /```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? "");
  expect((await baton("apply", "-f", file)).code).toBe(0);
  const ids = [await baton("start", "release", "-o", "ids"), await baton("start", "release", "-o", "ids")].map(({ out }) => out.trim());
  const list = await baton("approval", "list", "--role", "manager");
  expect(list.out).toMatch(
    /^APPROVAL +FLOW +TASK +WHAT +WHO +SINCE +UNTIL\nrun_\w+\.1 +default\/release +ask +Release this order\? +manager /,
  );
  expect((await baton("approval", "list", "--role", "nobody", "-o", "ids")).out).toBe("");
  expect((await baton("approval", "get", ids[0] ?? "", "-o", "json")).out).toContain('"required": [');
  const wrong = await baton("approval", "approve", ids[0] ?? "", "--form", '{"limit": "much"}');
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toContain("approval-invalid");
  const approved = await baton("approval", "approve", ids[0] ?? "", "--form", '{"limit": 5}', "--reason", "fine");
  expect(approved).toMatchObject({ code: 0, err: `${ids[0]} approved by ${userInfo().username}; the run is completed\n` });
  const rejected = await baton("approval", "reject", `${ids[1]}.1`, "--by", "grace", "--reason", "no stock");
  expect(rejected.err).toBe(`${ids[1]}.1 rejected by grace; the run is faulted\n`);
  expect((await baton("approval", "approve", ids[0] ?? "")).code).toBe(4);
});
