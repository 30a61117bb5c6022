import { expect, test } from "vitest";
import { http, list, wait } from "../testing/specs.ts";
import { scenario } from "../testing/scenario.ts";

test("a wait ends at an instant that is fixed when it starts; its output is its input", () => {
  const run = scenario([wait("pause", 5000), http("next")], { x: 1 });
  expect(run.told).toEqual(['run started {"x":1}', "pause started", "pause waits until +5s", "set wait of pause +5s"]);
  expect(run.view.status).toBe("waiting");
  expect(run.view.steps[0]).toMatchObject({ status: "waiting", waiting: { reason: "waiting.timer", until: "2026-01-01T00:00:05.000Z" } });
  expect(run.fire().told).toEqual([
    "pause completed",
    "next started",
    "clear wait of pause",
    'ask next POST https://service.test/ {"x":1}',
  ]);
  expect(run.view.steps[0]).not.toHaveProperty("waiting");
});

test("a wait of no time needs no timer", () => {
  expect(scenario([wait("pause", 0)]).told).toEqual(["run started {}", "pause started", "pause completed", "run completed"]);
});

test("the tasks around a wait are running, the run waits", () => {
  const run = scenario([list("outer", [wait("pause", 5000)])]);
  expect(run.steps).toEqual(["outer running", "pause waiting"]);
  expect(run.view.status).toBe("waiting");
});

test("a timer that fires twice, or late, changes nothing", () => {
  const run = scenario([wait("pause", 5000), http("next")]);
  run.fire();
  run.send({ type: "FireTimer", timer: "wait:1" });
  expect(run.told).toEqual(["clear wait of pause"]);
  expect(run.send({ type: "FireTimer", timer: "nonsense" }).told).toHaveLength(1);
});
