// Version 2 with all its controllers, on a kernel of its own: a machine that has nothing else is emulated by QEMU, and runs the
// contract. It needs a kernel (BATON_TEST_KERNEL, a bzImage such as Debian's /boot/vmlinuz-*), QEMU, and a static busybox.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { findProgram } from "../find-program.ts";

const kernel = process.env["BATON_TEST_KERNEL"] ?? "";
const path = process.env["PATH"] ?? "";
const [qemu, busybox, shell] = ["qemu-system-x86_64", "busybox", "dash"].map((name) => findProgram(name, path));
const packages = fileURLToPath(new URL("../..", import.meta.url));

/** The first process of the machine: it plays the init system, and gives the node a group of its own. */
const init = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t cgroup2 cg /sys/fs/cgroup
ip link set lo up
echo "+cpu +memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/service
sh -c 'echo 0 > /sys/fs/cgroup/service/cgroup.procs; exec node /app/packages/job-executors/containment/testing/in-machine.ts /tmp/state' 2>&1
poweroff -f
`;

function copyIn(root: string, file: string, as: string): void {
  mkdirSync(dirname(join(root, as)), { recursive: true });
  if (!existsSync(join(root, as))) copyFileSync(file, join(root, as));
}

/** A program with the libraries that it names. */
function copyProgram(root: string, file: string, as: string): void {
  copyIn(root, file, as);
  const { stdout } = spawnSync("ldd", [file], { encoding: "utf8" });
  for (const [library] of stdout.matchAll(/\/\S+/g)) copyIn(root, library, library);
}

/** A file system in memory with this Node, a shell, busybox and the packages. */
function buildRoot(root: string): void {
  for (const name of ["bin", "proc", "sys", "dev", "tmp", "app/node_modules/@baton"]) mkdirSync(join(root, name), { recursive: true });
  copyProgram(root, process.execPath, "bin/node");
  copyProgram(root, shell ?? "", "bin/sh");
  copyProgram(root, busybox ?? "", "bin/busybox");
  for (const name of execFileSync(busybox ?? "", ["--list"], { encoding: "utf8" })
    .trim()
    .split("\n"))
    if (!existsSync(join(root, "bin", name))) symlinkSync("busybox", join(root, "bin", name));
  for (const name of ["core", "job-executors"]) cpSync(join(packages, name), join(root, "app/packages", name), { recursive: true });
  symlinkSync("../../packages/core", join(root, "app/node_modules/@baton/core"));
  writeFileSync(join(root, "init"), init);
  chmodSync(join(root, "init"), 0o755);
}

function boot(root: string): readonly { readonly [name: string]: unknown }[] {
  const image = `${root}.cpio`;
  execFileSync("sh", ["-c", `cd "$1" && find . | "$2" cpio -o -H newc > "$3" 2>/dev/null`, "sh", root, busybox ?? "", image]);
  const machine = ["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "2500", "-smp", "2", "-nographic", "-no-reboot"];
  const append = "console=ttyS0 panic=-1 quiet loglevel=0";
  const { stdout } = spawnSync(qemu ?? "", [...machine, "-kernel", kernel, "-initrd", image, "-append", append], {
    encoding: "utf8",
    timeout: 900_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split(/\r?\n/).flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as { readonly [name: string]: unknown }] : []));
}

test.skipIf(!existsSync(kernel) || qemu === undefined || busybox === undefined || shell === undefined)(
  "the contract on a machine of version 2 (needs BATON_TEST_KERNEL, qemu-system-x86_64, busybox and dash)",
  { timeout: 960_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "baton-machine-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const root = join(folder, "root");
    buildRoot(root);
    const lines = boot(root);
    expect(lines.filter(({ ok }) => ok === false)).toEqual([]);
    expect(lines.filter(({ ok }) => ok === true).length).toBeGreaterThan(20);
    expect(lines).toContainEqual(expect.objectContaining({ abilities: expect.objectContaining({ by: "cgroup v2", notes: [] }) as object }));
    const measured = lines.find((line) => "cpuShare" in line);
    expect(measured?.["cpuShare"]).toBeGreaterThan(0);
    expect(measured?.["cpuShare"]).toBeLessThan(0.3);
    expect(lines.at(-1)).toEqual({ done: true });
  },
);
