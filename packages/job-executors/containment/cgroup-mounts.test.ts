import { expect, test } from "vitest";
import { hierarchies } from "./cgroup-mounts.ts";

const v2 = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
const memory = "40 30 0:35 / /sys/fs/cgroup/memory rw shared:13 - cgroup cgroup rw,memory";
const both = "41 30 0:36 / /sys/fs/cgroup/cpu,cpuacct rw shared:14 - cgroup cgroup rw,cpu,cpuacct";
const systemd = "42 30 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd";

test("version 2: the group of a service", () => {
  expect(hierarchies(v2, "0::/system.slice/baton.service\n")).toEqual([
    { version: 2, controllers: [], folder: "/sys/fs/cgroup/system.slice/baton.service" },
  ]);
});

test("version 1: each controller has its hierarchy, two may share one; others are no concern", () => {
  const own = "5:name=systemd:/init\n4:memory:/user/1\n3:cpu,cpuacct:/\n0::/init\n";
  expect(hierarchies([memory, both, systemd, "1 1 8:1 / / rw - ext4 /dev/sda1 rw"].join("\n"), own)).toEqual([
    { version: 1, controllers: ["rw", "memory"], folder: "/sys/fs/cgroup/memory/user/1" },
    { version: 1, controllers: ["rw", "cpu", "cpuacct"], folder: "/sys/fs/cgroup/cpu,cpuacct" },
    { version: 1, controllers: ["rw", "xattr", "name=systemd"], folder: "/sys/fs/cgroup/systemd/init" },
  ]);
});

test("a container sees its own group as the root of the mount", () => {
  const mount = "50 30 0:35 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
  expect(hierarchies(mount, "4:memory:/docker/abc\n")[0]?.folder).toBe("/sys/fs/cgroup/memory");
  expect(hierarchies(mount, "4:memory:/docker/abc/inner\n")[0]?.folder).toBe("/sys/fs/cgroup/memory/inner");
  expect(hierarchies(mount, "4:memory:/elsewhere\n")[0]?.folder).toBe("/sys/fs/cgroup/memory");
});

test("a path may hold a colon", () => {
  expect(hierarchies(v2, "0::/a:b\n")[0]?.folder).toBe("/sys/fs/cgroup/a:b");
});
