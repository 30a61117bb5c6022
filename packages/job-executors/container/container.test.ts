import { expect, test } from "vitest";
import type { OutputStream } from "../port.ts";
import { containerProblem } from "./config.ts";
import { endOfContainer, type ContainerState } from "./end.ts";
import { EngineRefusal, findEngineSocket } from "./engine-client.ts";
import { frameReader } from "./frames.ts";
import { upTo } from "./own-groups.ts";
import { checkVolumes, initFailure, startFailure } from "./start-failure.ts";
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
    const end = endOfContainer({ ...state, ...changes }, undefined, memoryBytes === undefined ? {} : { memoryBytes });
    return end.kind === "failed" ? end.code : String(end.kind === "exited" && end.exitCode);
  };
  expect(codeOf({ OOMKilled: true, ExitCode: 137 })).toBe("job-out-of-memory");
  expect(codeOf({ OOMKilled: true, ExitCode: 1 }, 100)).toBe("job-out-of-memory");
  expect(codeOf({ OOMKilled: true, ExitCode: 0 }, 100)).toBe("job-out-of-memory");
  expect(codeOf({ ExitCode: 137 }, 100)).toBe("job-out-of-memory");
  expect(codeOf({ ExitCode: 137 })).toBe("137");
  const cancelled = { code: "job-cancelled", message: "It was cancelled." } as const;
  expect(endOfContainer({ ...state, ExitCode: 137 }, cancelled, { memoryBytes: 100 })).toMatchObject({
    code: "job-cancelled",
    exitCode: 137,
  });
});

const order = {
  program: {
    kind: "container",
    image: "tool:1",
    command: ["run"],
    args: [],
    name: "mine",
    network: "inner",
    volumes: [{ host: "/no/such", container: "/in" }],
    ports: [{ host: 8080, container: 80 }],
  },
  limits: { memoryBytes: 1024 },
} as const;

test.each<[number, string, string, RegExp]>([
  [400, 'exec: "run": executable file not found in $PATH: unknown', "command-not-found", /^The image tool:1 has no command "run": exec/],
  [400, 'exec: "/etc": permission denied: unknown', "command-not-permitted", /^The command "run" of the image tool:1 may not/],
  [400, "bind source path does not exist: /no/such", "volume-missing", /^There is no \/no\/such on this node, which .* see as \/in\.$/],
  [409, 'Conflict. The container name "/mine" is already in use by container "x"', "container-name-taken", /name mine is on this node/],
  [500, "Bind for 0.0.0.0:8080 failed: port is already allocated", "container-port-taken", /wants \(8080\) is taken: Bind/],
  [404, "network inner not found", "job-spec-invalid", /no network "inner"/],
  [500, "normalizing name for compat API: repository name must be lowercase", "job-spec-invalid", /"tool:1" is not the name/],
  [400, "Minimum memory limit allowed is 6MB", "job-spec-invalid", /can run with 1 KiB of memory/],
  [400, "invalid mount config", "job-spec-invalid", /^invalid mount config$/],
  [500, "no space left on device", "job-start-failed", /^no space left/],
])("why a container could not start is read from what engines say: %d %s", (status, words, code, message) => {
  const failure = startFailure(new EngineRefusal(status, words), order);
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
});

test("what is not the engine's own words has a code of its own", () => {
  expect(startFailure(new ImageMissing("no"), order).code).toBe("image-missing");
  expect(startFailure(new Error("connect ENOENT"), order).code).toBe("container-engine-unavailable");
  expect(() => checkVolumes(order.program)).toThrow("There is no /no/such on this node");
  expect(() => checkVolumes({ ...order.program, volumes: [{ host: "/no/such", container: "/in", create: true }] })).not.toThrow();
});

test("the engine's init program says what it could not start; a job that exits with 127 is another matter", () => {
  expect(initFailure(127, "[FATAL tini (7)] exec x failed: No such file or directory\n")?.code).toBe("command-not-found");
  expect(initFailure(126, "[FATAL tini (7)] exec x failed: Permission denied\n")?.code).toBe("command-not-permitted");
  expect(initFailure(127, "sh: x: not found\n")).toBeUndefined();
  expect(initFailure(1, "[FATAL tini (7)] exec x failed: No such file or directory\n")).toBeUndefined();
});

test("a container's groups end with the folder of its name", () => {
  expect(upTo("/sys/fs/cgroup/memory/docker/abc", "abc")).toBe("/sys/fs/cgroup/memory/docker/abc");
  expect(upTo("/sys/fs/cgroup/system.slice/docker-abc.scope/init.scope", "abc")).toBe("/sys/fs/cgroup/system.slice/docker-abc.scope");
  expect(upTo("/sys/fs/cgroup/memory", "abc")).toBeUndefined();
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
