// Credentials from a program that a kubeconfig names (exec), as clusters of clouds have them:
// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/. The program is run when a token is needed, without a
// terminal, and its token is kept until shortly before it ends, or until the cluster does not take it any more.
import { execFile } from "node:child_process";
import { get, isArray, isObject, parseJson, type Instant, type Json, type JsonObject } from "@baton/core";
import { jobError } from "../errors.ts";
import { execCredentialMs, execOutputBytes, tokenRenewMs } from "../limits.ts";

/** The program, and what it is told. */
export interface ExecProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** Which form of the conversation it speaks. */
  readonly apiVersion: string;
  /** What to say where it is not there. */
  readonly installHint?: string;
  /** The cluster, where the program wants to know. */
  readonly cluster?: JsonObject;
  /** The kubeconfig, for those who read an error. */
  readonly where: string;
}

const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** Reads what a kubeconfig says of it; a text says what is wrong. */
export function readExec(exec: Json, cluster: JsonObject, where: string): ExecProgram | string {
  if (!isObject(exec)) return "Its user's exec is no object.";
  const [command, apiVersion, hint] = [get(exec, "command"), get(exec, "apiVersion"), get(exec, "installHint")];
  if (typeof command !== "string" || command === "") return "Its user's exec names no command.";
  if (typeof apiVersion !== "string" || !apiVersions.includes(apiVersion))
    return `Its user's exec speaks ${JSON.stringify(apiVersion ?? "")}; known are ${apiVersions.join(" and ")}.`;
  if (get(exec, "interactiveMode") === "Always") return "Its user's exec wants a terminal (interactiveMode: Always), and there is none.";
  return {
    command,
    apiVersion,
    args: textsOf(get(exec, "args")),
    env: variablesOf(get(exec, "env")),
    ...(typeof hint === "string" && { installHint: hint }),
    ...(get(exec, "provideClusterInfo") === true && { cluster }),
    where,
  };
}

function textsOf(value: Json | undefined): readonly string[] {
  return isArray(value ?? null) ? (value as readonly Json[]).map(String) : [];
}

/** A list of names and values. */
function variablesOf(value: Json | undefined): { readonly [name: string]: string } {
  const entries = isArray(value ?? null) ? (value as readonly Json[]) : [];
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const { name, value } = isObject(entry) ? entry : {};
      return typeof name === "string" && typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

interface Credential {
  readonly token: string;
  readonly until: Instant;
}

/** The tokens that one program gives. */
export class ExecCredential {
  readonly #program: ExecProgram;
  #current: Promise<Credential> | undefined;
  #last: string | undefined;

  constructor(program: ExecProgram) {
    this.#program = program;
  }

  /** One that is good; several that ask at once get the same. Throws kubernetes-credentials-failed. */
  async token(): Promise<string> {
    const before = this.#current;
    const known = await before?.catch(() => undefined);
    if (known !== undefined && known.until > Date.now()) return known.token;
    if (this.#current === before) this.#current = this.#fetch();
    return (await (this.#current ?? this.#fetch())).token;
  }

  /** The cluster does not take this one; many may say so of the same. */
  renew(refused: string | undefined): void {
    if (refused === this.#last) this.#current = undefined;
  }

  async #fetch(): Promise<Credential> {
    const credential = this.#credentialIn(await this.#run());
    this.#last = credential.token;
    return credential;
  }

  #run(): Promise<string> {
    const { command, args, env, apiVersion, cluster } = this.#program;
    const spec = { interactive: false, ...(cluster && { cluster }) };
    const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec });
    const options = { env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info }, timeout: execCredentialMs, maxBuffer: execOutputBytes };
    return new Promise((resolve, reject) => {
      const child = execFile(command, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(this.#failed(this.#whyOf(error, stderr), error));
      });
      child.stdin?.end();
    });
  }

  #whyOf(error: Error & { readonly code?: unknown; readonly killed?: boolean }, stderr: string): string {
    const { command, installHint } = this.#program;
    if (error.code === "ENOENT") return `${command} is not on this machine.${installHint === undefined ? "" : ` ${installHint.trim()}`}`;
    if (error.killed === true) return `${command} did not answer within ${execCredentialMs} ms.`;
    const words = stderr.trim().slice(-shownCharacters);
    return `${command} ended with ${String(error.code)}${words === "" ? "." : `: ${words}`}`;
  }

  #credentialIn(text: string): Credential {
    const { command } = this.#program;
    const parsed = parseJson(text);
    const status = parsed.ok && isObject(parsed.value) ? get(parsed.value, "status") : undefined;
    if (!isObject(status ?? null)) throw this.#failed(`${command} did not answer with an ExecCredential that has a status.`);
    const [token, expires] = [get(status as JsonObject, "token"), get(status as JsonObject, "expirationTimestamp")];
    if (typeof token !== "string" || token === "")
      throw this.#failed(`${command} gave no token; client certificates from a program are not supported.`);
    const end = typeof expires === "string" ? Date.parse(expires) : Number.NaN;
    return { token, until: Number.isNaN(end) ? Infinity : end - tokenRenewMs };
  }

  #failed(message: string, cause?: unknown): Error {
    return jobError("kubernetes-credentials-failed", { where: this.#program.where, message, ...(cause !== undefined && { cause }) });
  }
}

const shownCharacters = 500;
