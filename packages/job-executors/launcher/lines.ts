// JSON texts over a stream, one per line.
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { maxLineBytes } from "../limits.ts";

/** Calls `onMessage` for each line that arrives. A line that is too long or is not JSON ends the connection. */
export function readMessages(socket: Socket, onMessage: (message: unknown) => void): void {
  const decoder = new StringDecoder("utf8");
  let parts: string[] = [];
  let length = 0;
  socket.on("data", (chunk: Buffer) => {
    const lines = decoder.write(chunk).split("\n");
    for (const [i, line] of lines.entries()) {
      parts.push(line);
      length += line.length;
      if (length > maxLineBytes) return socket.destroy();
      if (i === lines.length - 1) break;
      const text = parts.join("");
      parts = [];
      length = 0;
      try {
        onMessage(JSON.parse(text));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return socket.destroy();
      }
    }
  });
}

/** Sends one message; to a connection that is gone, none. */
export function writeMessage(socket: Socket, message: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}
