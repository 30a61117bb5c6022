// What this machine has for jobs: measured, within the bounds that its control group sets.
import { readFileSync, statfsSync } from "node:fs";
import { arch, availableParallelism, freemem, hostname, platform, totalmem } from "node:os";

/** Processors in millis, memory and free disk in bytes. */
export function machineCapacity(folder: string): { readonly cpu: number; readonly memory: number; readonly disk: number } {
  return { cpu: cpuMillis(), memory: Math.min(totalmem(), memoryLimit()), disk: freeDisk(folder) };
}

/** Memory in use and left, of what this machine has for jobs: within its control group where that has a limit. */
export function memoryInUse(): { readonly used: number; readonly free: number } {
  const [all, limit] = [totalmem(), memoryLimit()];
  const outside = { used: all - freemem(), free: freemem() };
  const inside = limit < all ? groupMemory() : undefined;
  // Those outside of the group may leave less than its limit.
  return inside === undefined ? outside : { used: inside, free: Math.max(0, Math.min(limit - inside, outside.free)) };
}

/** What the control group uses, without what it can give back at once: files that are kept in memory and not looked at. */
function groupMemory(): number | undefined {
  const used = readText("/sys/fs/cgroup/memory.current") ?? readText("/sys/fs/cgroup/memory/memory.usage_in_bytes");
  const stat = readText("/sys/fs/cgroup/memory.stat") ?? readText("/sys/fs/cgroup/memory/memory.stat");
  const files = /^(?:total_)?inactive_file (\d+)$/m.exec(stat ?? "")?.[1];
  return used === undefined ? undefined : Math.max(0, Number(used) - Number(files ?? 0));
}

/** What tells this machine from others. */
export function machineLabels(): { readonly [key: string]: string } {
  return { host: hostname(), os: platform(), arch: arch() };
}

function cpuMillis(): number {
  const [quota, period] = readText("/sys/fs/cgroup/cpu.max")?.split(" ").map(Number) ?? legacyCpu();
  const all = availableParallelism() * 1000;
  const isLimited = quota !== undefined && period !== undefined && quota > 0 && period > 0;
  return isLimited ? Math.max(1, Math.min(all, Math.floor((quota / period) * 1000))) : all;
}

function legacyCpu(): number[] {
  const [quota, period] = ["cfs_quota_us", "cfs_period_us"].map((name) => Number(readText(`/sys/fs/cgroup/cpu/cpu.${name}`) ?? Number.NaN));
  return [quota ?? Number.NaN, period ?? Number.NaN];
}

function memoryLimit(): number {
  const text = readText("/sys/fs/cgroup/memory.max") ?? readText("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const limit = Number(text ?? Number.NaN);
  return Number.isSafeInteger(limit) && limit > 0 ? limit : Number.MAX_SAFE_INTEGER;
}

/** Bytes that are left on the disk of a folder. */
export function freeDisk(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
