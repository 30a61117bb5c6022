// The address of a launcher, in its state folder.
import { closeSync, openSync } from "node:fs";
import { connect, type Socket } from "node:net";

/** The name of the socket in the state folder, from which the launcher listens on it. */
export const socketName = "launcher.sock";

/**
 * Connects to the launcher of a state folder. The path of a socket has at most 107 bytes, and state folders may lie deeper, so
 * the way leads through a descriptor of the folder.
 */
export async function connectTo(stateFolder: string): Promise<Socket> {
  const folder = openSync(stateFolder, "r");
  return new Promise<Socket>((resolve, reject) => {
    const socket = connect(`/proc/self/fd/${folder}/${socketName}`);
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  }).finally(() => closeSync(folder));
}
