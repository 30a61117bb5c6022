import { expect, test } from "vitest";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";
import { maxLiveSpecLength, maxPayloadBytes } from "./limits.ts";

test("jobs that have not ended may hold so much, and no more is taken in until some have", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const large = { command: ["true"], payload: { text: ["x".repeat(maxPayloadBytes - 100)] } };
  const fit = Math.floor(maxLiveSpecLength / maxPayloadBytes);
  const [first = ""] = await world.submit({ ...large, array: fit });
  await expect(world.submit({ ...large, array: 2 })).rejects.toMatchObject({ code: "server-overloaded" });
  await expect(world.submit({ command: ["true"], payload: { small: true } })).resolves.toHaveLength(1);
  await node.end(first);
  await expect(world.submit(large)).resolves.toHaveLength(1);
});
