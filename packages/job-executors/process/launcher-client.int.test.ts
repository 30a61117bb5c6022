// A launcher that cannot begin is told of soon, with why; one that is late is waited for (limits.ts).
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { socketName } from "../launcher/socket.ts";
import { launcherTries } from "../limits.ts";
import { LauncherLink } from "./launcher-link.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-launcher-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a launcher that ends before it listens is begun a few times, and then given up", { timeout: 120_000 }, async () => {
  mkdirSync(join(folder, socketName));
  const link = new LauncherLink({ stateFolder: folder });
  link.use();
  const unavailable = { code: "launcher-unavailable", cause: expect.objectContaining({ message: "It ended with 1." }) as Error };
  await expect(link.abilities()).rejects.toMatchObject(unavailable);
  expect(readFileSync(join(folder, "launcher.log"), "utf8").match(/^Node\.js v/gm)?.length).toBe(launcherTries);
  await link.leave();
});
