// Output that is followed: nothing that is written while it is looked for is missed.
import { expect, test } from "vitest";
import { openMemoryStore, type Store } from "@baton/storage";
import { settle } from "../testing/manual-clock.ts";
import { JobsWorld, ScriptedNode } from "../testing/jobs-world.ts";

/** A store whose answer about output is held until it is let go. */
function slowStore(): { readonly store: Store; answer: () => void } {
  const inner = openMemoryStore();
  const slow = { answer: (): void => undefined };
  const readOutput: Store["readOutput"] = async (...which) => {
    const found = await inner.readOutput(...which);
    await new Promise<void>((resolve) => (slow.answer = resolve));
    return found;
  };
  const store = new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = name === "readOutput" ? readOutput : Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return Object.assign(slow, { store });
}

test.each(["output", "end"])("%s that comes while the store is asked is told at once", async (what) => {
  const slow = slowStore();
  const world = new JobsWorld(slow.store);
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne();
  const wait = { attempt: undefined, timeoutMs: 60_000, signal: new AbortController().signal };
  const reading = world.jobs.desk.outputSoon(id, 0, 10, wait);
  await settle();
  if (what === "output") await node.report({ type: "output", job: id, token: 1, stream: "stdout", offset: 0, text: "late", at: 1 });
  else await node.end(id);
  slow.answer();
  await settle();
  slow.answer();
  const page = await reading;
  expect([page.pieces.map(({ text }) => text), page.complete]).toEqual(what === "output" ? [["late"], false] : [[], true]);
});

test("who does not wait any longer is answered with what there is", async () => {
  const world = new JobsWorld();
  const node = new ScriptedNode(world.jobs);
  const id = await world.submitOne();
  expect(node.starts).toEqual([`${id} 1`]);
  const wait = { attempt: undefined, timeoutMs: 60_000, signal: AbortSignal.abort() };
  expect(await world.jobs.desk.outputSoon(id, 0, 10, wait)).toMatchObject({ pieces: [], complete: false });
});
