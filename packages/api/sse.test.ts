import { expect, test } from "vitest";
import { formatEvent, readEvents, type ServerSentEvent } from "./sse.ts";

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size);
}

async function read(text: string, size = 1000): Promise<ServerSentEvent[]> {
  return Array.fromAsync(readEvents(inPieces(text, size)));
}

const stream = `: hello\n\n${formatEvent("snapshot", '{"name":"Zoë"}', "v1")}:\n\n${formatEvent("patch", "[]")}`;
const events = [
  { event: "snapshot", data: '{"name":"Zoë"}', id: "v1" },
  { event: "patch", data: "[]", id: "v1" },
];

test("what is written is read, however the bytes are cut", async () => {
  for (const size of [1, 2, 3, 7, 1000]) expect(await read(stream, size)).toEqual(events);
});

test("all three line ends are read", async () => {
  expect(await read(stream.replaceAll("\n", "\r\n"), 1)).toEqual(events);
  expect(await read(`${stream.replaceAll("\n", "\r")}:\r`)).toEqual(events);
});

test("several data lines are one text, an event without data is none, a cut event is dropped", async () => {
  expect(await read("data: a\ndata: b\n\nevent: x\n\ndata: cut")).toEqual([{ event: "message", data: "a\nb", id: "" }]);
});
