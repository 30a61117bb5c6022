// The default catalog as people handle it: real commands, a real server.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-functions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

test("functions are applied from a catalog's folder, called, listed, shown and deleted", { timeout: 60_000 }, async () => {
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
