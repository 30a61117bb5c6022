// Getting an image: from the engine if it is there, from its registry as the policy says.
import type { IncomingMessage } from "node:http";
import type { Json } from "@baton/core";
import type { ContainerProgram } from "../port.ts";
import { EngineRefusal, type EngineClient } from "./engine-client.ts";

/** The image could not be had. */
export class ImageMissing extends Error {
  override readonly name = "ImageMissing";
}

/** Makes sure that the engine has the image. Throws ImageMissing. */
export async function ensureImage(engine: EngineClient, { image, pull = "missing" }: ContainerProgram, signal: AbortSignal): Promise<void> {
  if (pull !== "always" && (await hasImage(engine, image))) return;
  if (pull === "never") throw new ImageMissing(`The engine has no image ${image}, and it is not to be pulled.`);
  try {
    const { name, tag } = imageReference(image);
    const progress = await engine.open({ method: "POST", path: "/images/create", query: { fromImage: name, tag }, signal });
    const problem = await pullProblem(progress);
    if (problem === undefined) return;
    throw new ImageMissing(`${image} could not be pulled: ${problem}`);
  } catch (error) {
    if (error instanceof EngineRefusal) throw new ImageMissing(`${image} could not be pulled: ${error.message}`);
    throw error;
  }
}

async function hasImage(engine: EngineClient, image: string): Promise<boolean> {
  try {
    await engine.ask({ method: "GET", path: `/images/${encodeURIComponent(image)}/json` });
    return true;
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return false;
    throw error;
  }
}

/** A name and a tag or digest. A colon before the last slash belongs to the port of a registry. */
export function imageReference(image: string): { readonly name: string; readonly tag: string } {
  const digest = image.indexOf("@");
  if (digest >= 0) return { name: image.slice(0, digest), tag: image.slice(digest + 1) };
  const colon = image.indexOf(":", image.lastIndexOf("/") + 1);
  return colon < 0 ? { name: image, tag: "latest" } : { name: image.slice(0, colon), tag: image.slice(colon + 1) };
}

/** The engine answers 200 at once and reports in lines of JSON; what went wrong is one of them. */
async function pullProblem(progress: IncomingMessage): Promise<string | undefined> {
  let rest = "";
  let problem: string | undefined;
  progress.setEncoding("utf8");
  for await (const chunk of progress as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) problem ??= errorIn(line);
  }
  return problem ?? errorIn(rest);
}

function errorIn(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const { error } = JSON.parse(line) as { readonly error?: Json };
  return typeof error === "string" ? error : undefined;
}
