// The documentation lists the metrics and what the audit log tells, as they are.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startTestServer } from "./testing/harness.ts";

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("docs/reference/metrics.md lists every metric with its type and help", async () => {
  const server = await startTestServer();
  const { text } = await server.send({ path: "/metrics" });
  await server.close();
  const exported = Array.from(
    text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm),
    ([, name, help, type]) => `${name} ${type} ${help}`,
  );
  const rows = textOf("../../docs/reference/metrics.md").matchAll(/^\| `([a-z_]+)` \| (\w+) \| [^|]* \| (.*) \|$/gm);
  const documented = Array.from(rows, ([, name, type, help]) => `${name} ${type} ${help}`);
  expect(exported.length).toBeGreaterThan(50);
  expect(documented.toSorted()).toEqual(exported.toSorted());
});

test("the guides name every action of the audit log", () => {
  const sources = ["../runtime/jobs/audit.ts", "../runtime/locks/lock-audit.ts"].map(textOf).join("\n");
  const actions = Array.from(sources.matchAll(/"([a-z-]+\.[a-z-]+)"/g), ([, action = ""]) => action);
  const guides = ["jobs", "deployments", "locks"].map((name) => textOf(`../../docs/guide/${name}.md`)).join("\n");
  expect(new Set(actions).size).toBeGreaterThan(50);
  expect([...new Set(actions)].filter((action) => !guides.includes(`\`${action}\``))).toEqual([]);
});
