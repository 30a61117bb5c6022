// Agreement with an independent simulator, job by job, on public logs: every single wait must be the same.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { parsePolicy } from "./policies.ts";
import { measureCourse } from "./report/result.ts";
import { makeScenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import { readSwf } from "./trace/swf.ts";

const data = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const read = (path: string): string => gunzipSync(readFileSync(`${data}${path}`)).toString("latin1");

/** Log, policy, and the published average bounded slowdown where there is one. */
const cases: readonly (readonly [string, string, number | undefined])[] = [
  ["KTH-SP2", "fcfs", 6814.9733],
  ["KTH-SP2", "easy", 92.5765],
  ["KTH-SP2", "easy-clairvoyant", 71.7224],
  ["KTH-SP2", "conservative", 88.9973],
  ["KTH-SP2", "sjbf-reqtime", 69.4054],
  ["KTH-SP2", "sjbf-clairvoyant", 49.8477],
  ["KTH-SP2", "sjbf-avg2-reqtime", 62.8569],
  ["KTH-SP2", "sjbf-avg2-tsafrir", undefined],
  ["LUBLIN256", "fcfs", 66502.4755],
  ["LUBLIN256", "easy", 590.0538],
  ["LUBLIN256", "conservative", 489.2013],
  ["LUBLIN256", "sjbf-reqtime", 219.5576],
];

test.skipIf(!existsSync(data)).each(cases)("%s, %s: no wait differs (needs ../shared/data/swf and expected)", (log, name, published) => {
  const workload = readSwf([read(`swf/${log}.swf.gz`)], { name: log });
  const policy = parsePolicy(name);
  if (!workload.ok || !policy.ok) throw new Error("the log or the policy does not read");
  const scenario = makeScenario({ kind: "swf", log: workload.value }, {});
  if (!scenario.ok) throw new Error("there is no scenario");
  const course = simulate(scenario.value, policy.value);
  const { ids, submit } = scenario.value.workload;
  const expected = new Map(
    read(`expected/${log}.${name}.txt.gz`)
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  expect(expected.size).toBe(ids.length);
  const differing = ids.filter((id, job) => Number(expected.get(id)) !== (course.start[job] as number) - (submit[job] as number));
  expect(differing).toEqual([]);
  if (published === undefined) return;
  const { metrics } = measureCourse(name, scenario.value.workload, scenario.value.cluster, course);
  expect(metrics.boundedSlowdown.mean).toBeCloseTo(published, 3);
});
