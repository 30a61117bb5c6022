// Asks whether something answers, over HTTP or by a connection alone. What is wrong comes back as a text: it is shown to people.
import { request } from "node:http";
import { connect } from "node:net";
import type { Millis } from "@baton/core";

/** Asks those that are to answer; null: it does. */
export interface Probe {
  /** Any status from 200 to 399 is well. */
  http(host: string, port: number, path: string, timeoutMs: Millis): Promise<string | null>;
  tcp(host: string, port: number, timeoutMs: Millis): Promise<string | null>;
}

/** The probe of this machine. */
export const networkProbe: Probe = {
  http: (host, port, path, timeoutMs) =>
    new Promise<string | null>((resolve) => {
      // What cannot even be asked throws.
      const asked = request({ host, port, path, agent: false, timeout: timeoutMs }, (response) => {
        const { statusCode: status = 0 } = response;
        response.resume();
        resolve(status >= 200 && status < 400 ? null : `${path} answered ${status}`);
      });
      const late = setTimeout(() => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      asked.on("error", (error) => resolve(`${path}: ${error.message}`));
      asked.on("close", () => clearTimeout(late));
      asked.end();
    }).catch(inWords),
  tcp: (host, port, timeoutMs) =>
    new Promise<string | null>((resolve) => {
      const socket = connect({ host, port, timeout: timeoutMs });
      const done = (problem: string | null): void => {
        socket.destroy();
        resolve(problem);
      };
      socket.on("connect", () => done(null));
      socket.on("timeout", () => done(`no connection within ${timeoutMs} ms`));
      socket.on("error", (error) => done(error.message));
    }).catch(inWords),
};

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
