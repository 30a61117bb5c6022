// Where a machine is reached by those that are beside its server: the address of its own from which it reaches that.
import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";

/** The address; undefined where there is no way to the server, or its name is unknown. Nothing is sent. */
export async function addressTowards(url: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url);
  try {
    const { address, family } = await lookup(hostname.replace(/^\[|\]$/g, ""));
    return await localAddress(address, family === 6 ? "udp6" : "udp4", Number(port) || (protocol === "https:" ? 443 : 80));
  } catch {
    return undefined;
  }
}

/** Connecting a datagram socket asks the kernel which way packets would take. */
function localAddress(address: string, type: "udp4" | "udp6", port: number): Promise<string> {
  const socket = createSocket(type);
  return new Promise<string>((resolve, reject) => {
    socket.once("error", reject);
    socket.connect(port, address, () => resolve(socket.address().address));
  }).finally(() => socket.close());
}
