// `baton flow diff` as people use it: files alone, and versions on a real server.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runCommand, startUp, stop } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

function write(version: string, tasks: string, more = ""): string {
  const path = join(folder, `order-${version}.yaml`);
  writeFileSync(path, `document: { dsl: 1.0.3, namespace: default, name: order, version: ${version} }\n${more}do:\n${tasks}`);
  return path;
}

const first = write("1.0.0", "  - check: { wait: PT1H }\n  - charge: { wait: PT2H }\n  - notify: { set: { told: true } }\n");
const second = write(
  "2.0.0",
  "  - notify: { set: { told: true } }\n  - check: { wait: PT1H }\n  - charge: { wait: PT3H }\n  - refund: { set: { a: 1 } }\n",
  "input: { from: .order }\n",
);
const third = write("3.0.0", "  - charge: { wait: PT3H }\n");

test("files are compared by the names of steps, without any server", async () => {
  expect(await runCommand(["flow", "diff", first, second])).toMatchObject({
    code: 1,
    out: `default/order@1.0.0 -> default/order@2.0.0
+ input   outside of steps
~ charge  wait: wait
> notify  set: was behind charge, is at the start
+ refund  set

Any run that is under way can go on with the second.
`,
  });
  expect(await runCommand(["flow", "diff", first, first])).toMatchObject({
    code: 0,
    out: expect.stringContaining("nothing differs") as unknown,
  });
  const lost = await runCommand(["flow", "diff", first, third, "-o", "json"]);
  expect(JSON.parse(lost.out)).toMatchObject({ obstacles: [{ step: "check" }, { step: "notify" }] });
  expect((await runCommand(["flow", "diff", first, join(folder, "nothing.yaml")])).code).toBe(4);
  const wrong = join(folder, "wrong.yaml");
  writeFileSync(wrong, "document: {}\n");
  expect(await runCommand(["flow", "diff", first, wrong])).toMatchObject({
    code: 1,
    err: expect.stringContaining("missing-key") as unknown,
  });
});

test("versions are compared on the server, with the runs that are under way", async () => {
  const server = await startUp(["--data", join(folder, "data")]);
  const baton = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand([...words, "--server", server.url]);
  for (const file of [first, third]) await baton("apply", "-f", file);
  const { out: id } = await baton("start", "order@1.0.0");
  const { code, out } = await baton("flow", "diff", "order@1.0.0", "order");
  expect(code).toBe(1);
  expect(out).toContain("A run cannot go on with the second while it is at, or where it has done:\n  check: it is not there any more\n");
  expect(out).toContain(
    `Of 1 live run, 0 can go on: baton run migrate ID --to 3.0.0\n  ${id.trim()} cannot: step 1 (/do/0/check) is under way`,
  );
  expect((await baton("flow", "diff", "order@1.0.0", second)).out).toContain("> notify");
  expect((await baton("flow", "diff", "order@1.0.0", "order@7.0.0")).code).toBe(4);
  const described = await baton("flow", "openapi", "order@1.0.0");
  expect(JSON.parse(described.out)).toMatchObject({ openapi: "3.1.0", paths: { "/v1/namespaces/default/flows/order:run": {} } });
  expect((await baton("flow", "openapi", "--namespace", "nobody")).code).toBe(0);
  expect((await baton("flow", "openapi", "nobody")).code).toBe(4);
  await stop(server.process);
});
