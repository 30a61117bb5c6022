// Many nodes on one server: each with a connection of its own that says now and then that it is there.
import { maxFrameBytes, streamPath } from "@baton/api";
import { setTimeout as delay } from "node:timers/promises";
import { verdict } from "../measure.ts";
import { cpuMicros, residentBytes, startServer } from "./processes.ts";

const nodes = 1_000;
const beats = 20;
const mostMicros = 50;
const mostMegabytes = 300;

/** Prints the figures. */
export async function benchFleet(): Promise<void> {
  const server = await startServer();
  const sockets: WebSocket[] = [];
  for (let i = 0; i < nodes; i += 50) sockets.push(...(await Promise.all(Array.from({ length: 50 }, (_, k) => join(server.url, i + k)))));
  await delay(500);
  const before = cpuMicros(server.pid);
  const load = { cpuMillis: 1_234, memoryBytes: 8e9, running: 0, diskFreeBytes: 1e11, pressure: { cpu: 1.5, memory: 0, io: 0.25 } };
  for (let round = 0; round < beats; round++) {
    const beat = JSON.stringify([{ type: "heartbeat", load, clock: Date.now() }]);
    for (const socket of sockets) socket.send(beat);
    await delay(50);
  }
  await delay(200);
  const micros = (cpuMicros(server.pid) - before) / (nodes * beats);
  const megabytes = residentBytes(server.pid) / 1e6;
  console.log(`a node's heartbeat costs the server ${micros.toFixed(1)} µs ${verdict(micros, { atMost: mostMicros })}`);
  console.log(`${nodes} nodes on one server: ${megabytes.toFixed(0)} MB ${verdict(megabytes, { atMost: mostMegabytes })}`);
  for (const socket of sockets) socket.close();
  await server.stop();
}

function join(url: string, i: number): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws") + streamPath);
  const hello = { id: `node-${i}`, functions: [{ name: "noop", version: "1.0.0" }], concurrency: 10, holds: [] };
  return new Promise((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error(`node ${i} was not let in (frames of at most ${maxFrameBytes})`)));
    socket.addEventListener("open", () => socket.send(JSON.stringify([{ type: "join", hello }])));
    socket.addEventListener("message", () => resolve(socket), { once: true });
  });
}
