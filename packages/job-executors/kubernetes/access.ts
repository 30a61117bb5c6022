// How a cluster is reached and who we are there: from a kubeconfig file, or from what a pod finds inside its cluster.
// Tokens in files are read anew for each request: clusters replace them while they are in use.
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { parse } from "yaml";
import { get, isArray, isObject, type Json, type JsonObject } from "@baton/core";
import { jobError } from "../errors.ts";
import { ExecCredential, readExec } from "./exec-credential.ts";

/** Everything that requests to a cluster need. */
export interface ClusterAccess {
  /** What people call it: the context. */
  readonly name: string;
  readonly server: URL;
  /** Where Jobs go when they name no namespace. */
  readonly namespace: string;
  readonly tls: ClusterTls;
  /** Asked before each request. */
  readonly token: () => string | undefined | Promise<string>;
  /** The cluster does not take this token; true where another one may be had. */
  readonly renew: (refused: string | undefined) => boolean;
  /** What is not as safe as it could be, in sentences. */
  readonly warnings: readonly string[];
}

/** How the cluster is told from an impostor, and how we show who we are. */
export interface ClusterTls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: false;
}

/** The word that stands for the cluster that this program runs in. */
export const inCluster = "in-cluster";

/** Reads `PATH`, `PATH:CONTEXT` or `in-cluster`. Throws kubeconfig-invalid. */
export function readAccess(text: string, env: NodeJS.ProcessEnv = process.env): ClusterAccess {
  if (text === inCluster) return readInCluster(env);
  if (existsSync(text)) return readKubeconfig(text);
  // Contexts may have colons, as those of some clouds do; so the first one that leaves a file before it counts.
  for (let colon = text.indexOf(":"); colon >= 0; colon = text.indexOf(":", colon + 1))
    if (existsSync(text.slice(0, colon))) return readKubeconfig(text.slice(0, colon), text.slice(colon + 1));
  throw invalid(text, `There is no file ${text}.`);
}

/** Reads one context of a kubeconfig file, the current one when none is named. */
export function readKubeconfig(path: string, context?: string): ClusterAccess {
  const file = new Kubeconfig(path);
  const name = context ?? file.text(file.root, "current-context") ?? file.fail("It names no current context; add one as PATH:CONTEXT.");
  const chosen = file.named("contexts", "context", name);
  const cluster = file.named("clusters", "cluster", file.needed(chosen, "cluster"));
  const user = file.named("users", "user", file.needed(chosen, "user"));
  return {
    name,
    server: file.address(cluster),
    namespace: file.text(chosen, "namespace") ?? "default",
    tls: file.tls(cluster, user),
    ...file.credentials(cluster, user),
    warnings: warningsOf(file.address(cluster), get(cluster, "insecure-skip-tls-verify") === true),
  };
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a pod's service account gives it. */
function readInCluster(env: NodeJS.ProcessEnv): ClusterAccess {
  const [host, port] = [env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]];
  const folder = env["BATON_SERVICE_ACCOUNT"] ?? accountFolder;
  if (host === undefined || port === undefined || !existsSync(`${folder}/token`))
    throw invalid(inCluster, "This program does not run in a pod with a service account.");
  return {
    name: inCluster,
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    namespace: readFileSync(`${folder}/namespace`, "utf8").trim(),
    tls: { ca: readFileSync(`${folder}/ca.crt`) },
    token: () => readFileSync(`${folder}/token`, "utf8").trim(),
    renew: () => false,
    warnings: [],
  };
}

function warningsOf({ protocol, hostname }: URL, isInsecure: boolean): readonly string[] {
  if (protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(hostname))
    return ["The address is http: whoever is on the way reads everything, the token too. Use https."];
  if (!isInsecure) return [];
  return [
    "Whether it is the cluster is not checked (insecure-skip-tls-verify): whoever is on the way gets the token. Name its certificate-authority instead.",
  ];
}

/** What nobody should send any more, or is not done here. */
const refused: { readonly [field: string]: string } = {
  "auth-provider": "uses an auth-provider, which Kubernetes has given up",
  username: "has a user name and a password, which Kubernetes has given up",
  as: "acts as somebody else (as), which is not supported",
};

/** The parts of a kubeconfig file; whatever is wrong with it names the file. */
class Kubeconfig {
  readonly root: JsonObject;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    const root = this.#parse();
    this.root = isObject(root) ? root : this.fail("It is no kubeconfig: an object was expected.");
  }

  fail(message: string): never {
    throw invalid(this.#path, message);
  }

  text(of: JsonObject, field: string): string | undefined {
    const value = get(of, field);
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  needed(of: JsonObject, field: string): string {
    return this.text(of, field) ?? this.fail(`The context names no ${field}.`);
  }

  /** An entry of a list by its name. */
  named(list: string, field: string, name: string): JsonObject {
    const entries = get(this.root, list) ?? [];
    const found = isArray(entries) ? entries.find((entry) => isObject(entry) && entry["name"] === name) : undefined;
    const value = isObject(found) ? found[field] : undefined;
    return isObject(value) ? value : this.fail(`It has no ${field} with the name ${JSON.stringify(name)}.`);
  }

  address(cluster: JsonObject): URL {
    const server = this.text(cluster, "server") ?? this.fail("Its cluster has no server.");
    if (this.text(cluster, "proxy-url") !== undefined) this.fail("Its cluster is behind a proxy (proxy-url), which is not supported.");
    const url = URL.parse(server);
    return url !== null && /^https?:$/.test(url.protocol) ? url : this.fail(`${JSON.stringify(server)} is not the address of a server.`);
  }

  tls(cluster: JsonObject, user: JsonObject): ClusterTls {
    const [ca, cert, key] = [
      this.#content(cluster, "certificate-authority"),
      this.#content(user, "client-certificate"),
      this.#content(user, "client-key"),
    ];
    const servername = this.text(cluster, "tls-server-name");
    if ((cert === undefined) !== (key === undefined)) this.fail("Its user has a client certificate or a key without the other.");
    if (ca !== undefined && get(cluster, "insecure-skip-tls-verify") === true)
      this.fail("Its cluster has a certificate authority, and says not to check it (insecure-skip-tls-verify): leave one out.");
    this.#checkAuthority(ca);
    this.#checkPair(cert, key);
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(servername !== undefined && { servername }),
      ...(get(cluster, "insecure-skip-tls-verify") === true && { rejectUnauthorized: false }),
    };
  }

  credentials(cluster: JsonObject, user: JsonObject): Pick<ClusterAccess, "token" | "renew"> {
    for (const [field, why] of Object.entries(refused))
      if (get(user, field) !== undefined) this.fail(`Its user ${why}. Use a token, a token file, a client certificate or exec.`);
    const exec = get(user, "exec");
    if (exec !== undefined && exec !== null) return this.#fromProgram(exec, cluster);
    return { token: this.#token(user), renew: () => false };
  }

  #fromProgram(exec: Json, cluster: JsonObject): Pick<ClusterAccess, "token" | "renew"> {
    const program = readExec(exec, cluster, this.#path);
    if (typeof program === "string") this.fail(program);
    const credential = new ExecCredential({ ...program, command: this.#commandOf(program.command) });
    return {
      token: () => credential.token(),
      renew: (refused) => {
        credential.renew(refused);
        return true;
      },
    };
  }

  /** A name is looked for on the PATH; a path counts from where the file lies. */
  #commandOf(command: string): string {
    return command.includes("/") ? resolve(dirname(this.#path), command) : command;
  }

  #token(user: JsonObject): () => string | undefined {
    const path = this.#pathOf(user, "tokenFile");
    if (path === undefined) {
      const token = this.text(user, "token");
      return () => token;
    }
    this.#read(path);
    return () => this.#read(path).toString().trim();
  }

  #checkAuthority(ca: Buffer | undefined): void {
    if (ca !== undefined && certificateIn(ca) === undefined) this.fail("The certificate authority of its cluster is no certificate (PEM).");
  }

  #checkPair(cert: Buffer | undefined, key: Buffer | undefined): void {
    if (cert === undefined || key === undefined) return;
    try {
      createSecureContext({ cert, key });
    } catch (error) {
      this.fail(
        `The client certificate and the key of its user cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
    const validTo = certificateIn(cert)?.validTo ?? "";
    if (Date.parse(validTo) < Date.now())
      this.fail(`The client certificate of its user was good until ${new Date(validTo).toISOString()}.`);
  }

  /** `field-data` holds it in base64; `field` names a file. */
  #content(of: JsonObject, field: string): Buffer | undefined {
    const data = this.text(of, `${field}-data`);
    if (data !== undefined) return Buffer.from(data, "base64");
    const path = this.#pathOf(of, field);
    return path === undefined ? undefined : this.#read(path);
  }

  /** Paths count from where the file lies. */
  #pathOf(of: JsonObject, field: string): string | undefined {
    const path = this.text(of, field);
    return path === undefined ? undefined : resolve(dirname(this.#path), path);
  }

  #read(path: string): Buffer {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw jobError("kubeconfig-invalid", { where: this.#path, message: `${path}, which it names, cannot be read.`, cause });
    }
  }

  #parse(): Json {
    try {
      return parse(readFileSync(this.#path, "utf8")) as Json;
    } catch (error) {
      return this.fail(`It cannot be read: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
    }
  }
}

function certificateIn(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function invalid(where: string, message: string): Error {
  return jobError("kubeconfig-invalid", { where, message });
}
