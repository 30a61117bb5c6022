import { signatureProblem, signingKeyOf } from "@baton/executors";
import type { StoredDelivery } from "@baton/storage";
import { expect, test } from "vitest";
import { buildWorkflow, type Spec } from "../../engine/testing/build.ts";
import { deliveryDelaysMs, deliveryWakeMs, forgetting, keptDeliveriesMs } from "../limits.ts";
import { settle } from "../testing/manual-clock.ts";
import { ScriptedSender } from "../testing/scripted-sender.ts";
import { openWorld, tenant, type World } from "../testing/world.ts";
import { readWebhookSpec, type WebhookSpec } from "./webhook.ts";

const call = (name: string): Spec => ({ name, task: { kind: "http", body: { constant: name } } });
const emit: Spec = { name: "tell", task: { kind: "emit", type: "com.shop.order.paid", data: { constant: { order: 7 } } } };
const flows = { one: buildWorkflow([call("a")]), two: buildWorkflow([call("b")]), emits: buildWorkflow([emit]) };
const spec: WebhookSpec = { url: "https://in.test/", types: ["*"], namespace: null, flow: null, content: "structured", secrets: [] };
const ended = { ...spec, types: ["io.serverlessworkflow.workflow.completed.v1"] };

async function told(sender: ScriptedSender, own: Partial<WebhookSpec> = {}, secrets?: { readonly [name: string]: string }): Promise<World> {
  const world = await openWorld({ flows, sender, ...(secrets && { secrets }) });
  await world.runtime.webhooks.put(tenant, "hook", { ...spec, ...own });
  return world;
}

function deliveries(world: World): Promise<readonly StoredDelivery[]> {
  return world.runtime.webhooks.deliveries({ tenant, webhook: "hook", limit: 100 });
}

test("a receiver is told what happens to runs and tasks, all but what only repeats", async () => {
  const sender = new ScriptedSender();
  const world = await told(sender);
  const id = await world.start("one");
  await world.settled(id);
  expect([...sender.types].sort()).toEqual(
    ["workflow.started.v1", "task.created.v1", "task.started.v1", "task.completed.v1", "workflow.completed.v1"].sort(),
  );
  const { headers, body } = sender.messages[0] ?? { headers: {}, body: "" };
  expect(headers).toMatchObject({ "content-type": "application/cloudevents+json; charset=utf-8" });
  expect(JSON.parse(String(body))).toEqual({
    specversion: "1.0",
    id: "1-1",
    source: `/v1/runs/${id}`,
    type: "io.serverlessworkflow.workflow.started.v1",
    time: "2023-11-14T22:13:20.000Z",
    datacontenttype: "application/json",
    data: {
      name: `one-${id}.test`,
      definition: { namespace: "test", name: "one", version: "1.0.0" },
      startedAt: "2023-11-14T22:13:20.000Z",
    },
  });
  expect((await deliveries(world)).every(({ status, answered }) => status === "delivered" && answered === 204)).toBe(true);
  expect(world.runtime.stats().deliveries).toEqual({ delivered: 5 });
});

test("types, flow and namespace choose", async () => {
  const sender = new ScriptedSender();
  const world = await told(sender, {
    flow: "two",
    types: ["io.serverlessworkflow.workflow.*", "io.serverlessworkflow.task.status-changed.v1"],
  });
  await world.settled(await world.start("one"));
  expect(sender.messages).toEqual([]);
  await world.settled(await world.start("two"));
  expect(sender.types.filter((type) => !type.startsWith("task."))).toEqual(["workflow.started.v1", "workflow.completed.v1"]);
  expect(sender.types.filter((type) => type.startsWith("task."))).toHaveLength(3);
});

test("events that a flow emits go out too", async () => {
  const sender = new ScriptedSender();
  const world = await told(sender, { types: ["com.shop.*"], content: "binary" });
  await world.settled(await world.start("emits"));
  expect(sender.messages).toMatchObject([
    { headers: { "ce-type": "com.shop.order.paid", "content-type": "application/json" }, body: '{"order":7}' },
  ]);
});

test("messages are signed with every secret; while one is missing none is sent, and the log of deliveries says so", async () => {
  const sender = new ScriptedSender();
  const secrets = { old: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", new: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
  const world = await told(sender, { ...ended, secrets: ["old", "new"] }, secrets);
  await world.settled(await world.start("one"));
  const { headers, body } = sender.messages[0] ?? { headers: {}, body: "" };
  const keys = Object.values(secrets).map((secret) => signingKeyOf(secret) ?? new Uint8Array());
  for (const key of keys) expect(signatureProblem([key], headers, body, world.clock.now())).toBeNull();
  await world.runtime.webhooks.put(tenant, "hook", { ...ended, secrets: ["lost"] });
  await world.settled(await world.start("one"));
  expect(sender.messages).toHaveLength(1);
  expect(await deliveries(world)).toMatchObject([
    { status: "pending", attempts: 1, problem: "There is no secret called lost." },
    { status: "delivered" },
  ]);
});

test("what fails is tried again later and later, under the same id, and given up in the end", async () => {
  const sender = new ScriptedSender(500);
  const world = await told(sender, ended);
  await world.settled(await world.start("one"));
  for (const delay of deliveryDelaysMs) {
    world.clock.jump(delay * 1.2);
    await world.clock.pass(deliveryWakeMs);
  }
  expect(sender.messages).toHaveLength(deliveryDelaysMs.length + 1);
  expect(new Set(sender.messages.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await deliveries(world)).toMatchObject([
    { status: "failed", attempts: 9, nextAt: null, answered: 500, problem: "The receiver answered 500." },
  ]);
  world.clock.jump(keptDeliveriesMs);
  await world.clock.pass(forgetting.everyMs);
  expect(await deliveries(world)).toEqual([]);
});

test("a receiver that asks for time gets it; one that is gone is left alone until it is let go on", async () => {
  const sender = new ScriptedSender({ kind: "answered", status: 429, retryAfterMs: 60_000 }, 410, 204);
  const world = await told(sender, ended);
  await world.settled(await world.start("one"));
  await world.clock.pass(59_000);
  expect(sender.messages).toHaveLength(1);
  await world.clock.pass(2_000);
  await settle();
  expect(sender.messages).toHaveLength(2);
  expect(world.runtime.webhooks.get(tenant, "hook").paused).toBe("The receiver answered 410: it is gone.");
  await world.settled(await world.start("one"));
  expect(sender.messages).toHaveLength(2);
  await world.runtime.webhooks.pause(tenant, "hook", null);
  await settle();
  expect((await deliveries(world)).map(({ status }) => status)).toEqual(["delivered", "failed"]);
  const [, gone] = await deliveries(world);
  await world.runtime.webhooks.redeliver(tenant, "hook", gone?.id ?? 0);
  await settle();
  expect((await deliveries(world)).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

test("after a kill, what was not reported as sent is sent, once more at most", async () => {
  const sender = new ScriptedSender({ kind: "unanswered", problem: "The line is dead." }, 204);
  const world = await told(sender, ended);
  await world.settled(await world.start("one"));
  await world.restart();
  await world.clock.pass(10_000);
  await settle();
  expect(sender.messages).toHaveLength(2);
  expect(await deliveries(world)).toMatchObject([{ status: "delivered", attempts: 2, problem: null }]);
});

test("a decision that is not stored is told to nobody", async () => {
  const sender = new ScriptedSender();
  const world = await told(sender);
  world.troubled.set("fail");
  await expect(world.start("one")).rejects.toMatchObject({ code: "disk-full" });
  await settle();
  expect(sender.messages).toEqual([]);
});

test("a test is sent at once and tells what became of it; a webhook that is not there has its error", async () => {
  const world = await told(new ScriptedSender(404));
  expect(await world.runtime.webhooks.test(tenant, "hook")).toMatchObject({ kind: "answered", status: 404 });
  await expect(world.runtime.webhooks.test(tenant, "hok")).rejects.toMatchObject({ code: "webhook-unknown" });
  await world.runtime.webhooks.delete(tenant, "hook");
  expect(world.runtime.webhooks.list(tenant)).toEqual([]);
});

test("every mistake of a webhook is told with its place", () => {
  const read = readWebhookSpec({
    url: "ftp://x",
    types: ["a*b", 5],
    naemspace: "x",
    content: "binry",
    secrets: ["a", "b", "c"],
    flow: "ä",
  });
  expect(read).toEqual({
    ok: false,
    problems: [
      { pointer: "/naemspace", detail: "naemspace is not a property of a webhook (did you mean namespace?)", suggestion: "namespace" },
      { pointer: "/url", detail: "url must be an absolute http or https address" },
      { pointer: "/types/0", detail: "must be a type of events, or the beginning of types and a *" },
      { pointer: "/types/1", detail: "must be a type of events, or the beginning of types and a *" },
      { pointer: "/secrets", detail: "secrets must be a list of at most 2" },
      { pointer: "/flow", detail: "flow must be a name: letters, digits and hyphens, at most 63" },
      { pointer: "/content", detail: "content must be structured or binary (did you mean binary?)" },
    ],
  });
  expect(readWebhookSpec({ url: "https://x.test" })).toEqual({ ok: true, spec: { ...spec, url: "https://x.test" } });
  expect(readWebhookSpec([])).toMatchObject({ ok: false });
});
