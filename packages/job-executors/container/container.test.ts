import { expect, test } from "vitest";
import type { OutputStream } from "../port.ts";
import { containerProblem } from "./config.ts";
import { endOfContainer, initFailure, startFailure, type ContainerState } from "./end.ts";
import { EngineRefusal, findEngineSocket } from "./engine-client.ts";
import { frameReader } from "./frames.ts";
import { imageReference, ImageMissing } from "./image.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test("frames are put together however they are cut", () => {
  const bytes = Buffer.concat([frame(1, "one"), frame(2, ""), frame(2, "two\n"), frame(1, "three")]);
  for (let size = 1; size <= bytes.length; size++) {
    const texts: { [S in OutputStream]: string } = { stdout: "", stderr: "" };
    const take = frameReader((stream, data) => (texts[stream] += data.toString()));
    for (let start = 0; start < bytes.length; start += size) take(bytes.subarray(start, start + size));
    expect(texts).toEqual({ stdout: "onethree", stderr: "two\n" });
  }
});

test.each([
  ["busybox", "busybox", "latest"],
  ["busybox:1.36", "busybox", "1.36"],
  ["localhost:5000/team/tool", "localhost:5000/team/tool", "latest"],
  ["localhost:5000/team/tool:v2", "localhost:5000/team/tool", "v2"],
  ["tool@sha256:abc", "tool", "sha256:abc"],
])("%s is %s at %s", (image, name, tag) => {
  expect(imageReference(image)).toEqual({ name, tag });
});

const state: ContainerState = { Status: "exited", Running: false, OOMKilled: false, ExitCode: 0, StartedAt: "", FinishedAt: "" };

test("a kill for memory is one where the engine says so, and where a container with a limit was killed by nobody", () => {
  const codeOf = (changes: Partial<ContainerState>, memoryBytes?: number): string => {
    const end = endOfContainer({ ...state, ...changes }, undefined, memoryBytes);
    return end.kind === "failed" ? end.code : String(end.kind === "exited" && end.exitCode);
  };
  expect(codeOf({ OOMKilled: true, ExitCode: 137 })).toBe("job-out-of-memory");
  expect(codeOf({ OOMKilled: true, ExitCode: 1 }, 100)).toBe("job-out-of-memory");
  expect(codeOf({ OOMKilled: true, ExitCode: 0 }, 100)).toBe("0");
  expect(codeOf({ ExitCode: 137 }, 100)).toBe("job-out-of-memory");
  expect(codeOf({ ExitCode: 137 })).toBe("137");
  const cancelled = { code: "job-cancelled", message: "It was cancelled." } as const;
  expect(endOfContainer({ ...state, ExitCode: 137 }, cancelled, 100)).toMatchObject({ code: "job-cancelled", exitCode: 137 });
});

test("why a container could not start is read from what engines say", () => {
  const codeOf = (status: number, message: string): string => startFailure(new EngineRefusal(status, message)).code;
  expect(codeOf(400, 'exec: "x": executable file not found in $PATH: unknown')).toBe("command-not-found");
  expect(codeOf(400, 'exec: "/etc": permission denied: unknown')).toBe("command-not-permitted");
  expect(codeOf(400, "invalid mount config")).toBe("job-spec-invalid");
  expect(codeOf(409, "The container name is already in use")).toBe("job-start-failed");
  expect(startFailure(new ImageMissing("no")).code).toBe("image-missing");
  expect(startFailure(new Error("connect ENOENT")).code).toBe("container-engine-unavailable");
});

test("the engine's init program says what it could not start; a job that exits with 127 is another matter", () => {
  expect(initFailure(127, "[FATAL tini (7)] exec x failed: No such file or directory\n")?.code).toBe("command-not-found");
  expect(initFailure(126, "[FATAL tini (7)] exec x failed: Permission denied\n")?.code).toBe("command-not-permitted");
  expect(initFailure(127, "sh: x: not found\n")).toBeUndefined();
  expect(initFailure(1, "[FATAL tini (7)] exec x failed: No such file or directory\n")).toBeUndefined();
});

test("mounts lead where they may, also through links", () => {
  const program = { kind: "container", image: "x", args: [] } as const;
  const problem = (host: string, roots?: readonly string[]): string | undefined =>
    containerProblem({ ...program, volumes: [{ host, container: "/x" }] }, roots);
  expect(problem("/etc")).toBeUndefined();
  expect(problem("/usr/bin", ["/usr"])).toBeUndefined();
  expect(problem("/usr/../etc", ["/usr"])).toMatch(/may not be mounted/);
  expect(problem("/proc/self/root/etc", ["/proc"])).toMatch(/may not be mounted/);
  expect(problem("/usr2", ["/usr"])).toMatch(/may not be mounted/);
  expect(problem("etc")).toMatch(/absolute/);
});

test("DOCKER_HOST names the socket", () => {
  expect(findEngineSocket({ DOCKER_HOST: "unix:///some/where.sock" })).toBe("/some/where.sock");
});
