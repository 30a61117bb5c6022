// A command inside a container that runs: how something in it is asked whether it is well.
import type { Json } from "@baton/core";
import { labels } from "./config.ts";
import { EngineClient, findEngineSocket } from "./engine-client.ts";
import { frameReader } from "./frames.ts";

/** Which container, and what is run in it. */
export interface InsideCommand {
  readonly allocation: string;
  readonly command: readonly string[];
  readonly environment: { readonly [name: string]: string };
  readonly signal: AbortSignal;
  /** What it writes. */
  readonly onOutput: (data: Buffer) => void;
}

/** Runs commands in containers of an engine; without a socket the first engine that is found. */
export function commandsInside(socketPath?: string): (inside: InsideCommand) => Promise<number> {
  let engine: EngineClient | undefined;
  return (inside) => {
    const path = socketPath ?? findEngineSocket();
    if (path === undefined) return Promise.reject(new Error("no container engine is here"));
    engine ??= new EngineClient(path);
    return runInside(engine, inside);
  };
}

/** Resolves with the exit code; rejects where there is no such container, or the engine refuses. */
async function runInside(engine: EngineClient, inside: InsideCommand): Promise<number> {
  const { allocation, command, environment, signal, onOutput } = inside;
  const filters = JSON.stringify({ label: [`${labels.allocation}=${allocation}`], status: ["running"] });
  const found = await engine.ask({ method: "GET", path: "/containers/json", query: { filters }, signal });
  const [container] = found as unknown as readonly { readonly Id: string }[];
  if (container === undefined) throw new Error("its container does not run");
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const body: Json = { Cmd: [...command], Env: variables, AttachStdout: true, AttachStderr: true };
  const made = await engine.ask({ method: "POST", path: `/containers/${container.Id}/exec`, body, signal });
  const { Id: id } = made as unknown as { readonly Id: string };
  const started: Json = { Detach: false, Tty: false };
  const output = await engine.open({ method: "POST", path: `/exec/${id}/start`, body: started, signal });
  const read = frameReader((_, data) => onOutput(data));
  for await (const chunk of output) read(chunk as Buffer);
  const ended = await engine.ask({ method: "GET", path: `/exec/${id}/json`, signal });
  return (ended as unknown as { readonly ExitCode: number }).ExitCode;
}
