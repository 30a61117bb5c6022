// Several hosts on one machine: network namespaces on a bridge, each behind a cable that can be pulled. Needs root and `ip`.
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { getuid } from "node:process";

/** A host of its own, with an address on the bridge. */
export interface Host {
  readonly namespace: string;
  readonly address: string;
  /** Pulls its cable: what is sent is lost without a word. */
  cut(): void;
  /** Puts it back. */
  heal(): void;
  remove(): void;
}

/** A network under test. */
export interface Network {
  /** Where this process, and what it starts, can be reached from the hosts. */
  readonly address: string;
  readonly hosts: readonly Host[];
  close(): void;
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Whether this machine lets us make network namespaces. */
export function canMakeNetworks(): boolean {
  if (process.platform !== "linux" || getuid?.() !== 0) return false;
  const name = `baton-probe-${randomBytes(2).toString("hex")}`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  const works = spawnSync("ip", ["netns", "exec", name, "true"]).status === 0;
  return spawnSync("ip", ["netns", "delete", name]).status === 0 && works;
}

/** Makes so many hosts on a bridge of their own, in a range of addresses that hardly anybody uses (RFC 2544). */
export function makeNetwork(count: number): Network {
  const tag = randomBytes(2).toString("hex");
  const bridge = `bt${tag}`;
  const prefix = `198.18.${(Number.parseInt(tag, 16) % 250) + 1}`;
  ip("link", "add", bridge, "type", "bridge");
  ip("address", "add", `${prefix}.1/24`, "dev", bridge);
  ip("link", "set", bridge, "up");
  const hosts = Array.from({ length: count }, (_, i) => makeHost(bridge, `${prefix}.${i + 2}`, `bt${tag}${i}`));
  const close = (): void => {
    for (const host of hosts) host.remove();
    ip("link", "delete", bridge);
  };
  return { address: `${prefix}.1`, hosts, close };
}

function makeHost(bridge: string, address: string, namespace: string): Host {
  const [outside, inside] = [`${namespace}o`, `${namespace}i`];
  ip("netns", "add", namespace);
  ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", namespace);
  const within = (...args: readonly string[]): void => ip("-n", namespace, ...args);
  within("address", "add", `${address}/24`, "dev", inside);
  within("link", "set", inside, "up");
  within("link", "set", "lo", "up");
  const heal = (): void => ip("link", "set", outside, "master", bridge, "up");
  heal();
  const remove = (): void => {
    // A namespace lives on as long as a process is in it; the cable does not.
    ip("link", "delete", outside);
    ip("netns", "delete", namespace);
  };
  return { namespace, address, heal, remove, cut: () => ip("link", "set", outside, "nomaster") };
}
