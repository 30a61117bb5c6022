// A real API server of its own for tests, with etcd and the controllers that Jobs need; there is no kubelet and no scheduler.
// It is there where `tools/services.ts install kubernetes` has built the programs; they stay in a folder of the user's.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../../find-program.ts";
import { freePort } from "../../testing/free-port.ts";
import { readKubeconfig } from "../access.ts";
import { ApiClient } from "../api-client.ts";

/** Where programs that were built for tests are kept. */
export function servicesFolder(): string {
  return process.env["BATON_SERVICES"] ?? join(homedir(), ".cache", "baton-services");
}

/** Where the programs of the API server are. */
export function clusterPrograms(): string {
  return join(servicesFolder(), "kubernetes-1.20.2");
}

const programs = ["kube-apiserver", "kube-controller-manager"];

/** Whether a cluster can be started here. */
export function canRunCluster(): boolean {
  const isBuilt = programs.every((name) => existsSync(join(clusterPrograms(), name)));
  return isBuilt && ["etcd", "openssl", "setpriv"].every((name) => findProgram(name, process.env["PATH"] ?? "") !== undefined);
}

/** A cluster that runs. */
export interface TestCluster {
  readonly url: string;
  /** With the contexts "admin" (token), "certificate" (client certificate), "limited", "nobody" and "expired". */
  readonly kubeconfig: string;
  /** As an administrator. */
  readonly client: ApiClient;
  /** What a kubelet serves with. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer };
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  remove(): Promise<void>;
}

/** Tokens of the people that the API server knows. */
const users = {
  admin: { token: "admin-token", groups: "system:masters" },
  limited: { token: "limited-token", groups: "limited" },
  nobody: { token: "nobody-token", groups: "nobody" },
};

const startAttempts = 3_000;
const pauseMs = 100;

/** Starts a cluster without nodes; its namespace "default" is ready for pods. */
export async function startCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), "baton-cluster-"));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  makeCertificates(folder);
  const tokens = Object.entries(users).map(([name, { token, groups }]) => `${token},${name},${name},"${groups}"`);
  writeFileSync(join(folder, "tokens.csv"), `${tokens.join("\n")}\n`);
  const url = `https://127.0.0.1:${port}`;
  const kubeconfig = writeKubeconfig(folder, url);
  const client = new ApiClient(readKubeconfig(kubeconfig, "admin"));
  const etcd = run("etcd", etcdArguments(folder, etcdPort, peerPort), folder);
  let apiServer: ChildProcess | undefined;
  const startApiServer = async (): Promise<void> => {
    apiServer = run(join(clusterPrograms(), "kube-apiserver"), apiServerArguments(folder, etcdPort, port), folder);
    await until("the API server", () => client.ask({ method: "GET", path: "/readyz" }).then(() => true));
  };
  const stopApiServer = async (): Promise<void> => end(apiServer);
  await startApiServer();
  const controllers = run(join(clusterPrograms(), "kube-controller-manager"), controllerArguments(folder, kubeconfig), folder);
  await until("the service account", () =>
    client
      .ask({ method: "GET", path: "/api/v1/namespaces/default/serviceaccounts/default" })
      .then((account) => "secrets" in (account as object)),
  );
  return {
    url,
    kubeconfig,
    client,
    tls: { cert: readFileSync(join(folder, "server.crt")), key: readFileSync(join(folder, "server.key")) },
    stopApiServer,
    startApiServer,
    remove: async () => {
      client.close();
      for (const program of [controllers, apiServer, etcd]) await end(program);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function etcdArguments(folder: string, port: number, peerPort: number): readonly string[] {
  const url = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const clients = ["--listen-client-urls", url, "--advertise-client-urls", url];
  const peers = ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`];
  return ["--data-dir", join(folder, "etcd"), "--unsafe-no-fsync", ...clients, ...peers];
}

function apiServerArguments(folder: string, etcdPort: number, port: number): readonly string[] {
  const at = (name: string): string => join(folder, name);
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--tls-cert-file=${at("server.crt")}`,
    `--tls-private-key-file=${at("server.key")}`,
    `--client-ca-file=${at("ca.crt")}`,
    `--token-auth-file=${at("tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--kubelet-preferred-address-types=InternalIP",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${at("server.key")}`,
    `--service-account-signing-key-file=${at("server.key")}`,
  ];
}

function controllerArguments(folder: string, kubeconfig: string): readonly string[] {
  const controllers = [
    "job",
    "serviceaccount",
    "serviceaccount-token",
    "garbagecollector",
    "namespace",
    "deployment",
    "replicaset",
    "resourcequota",
  ];
  return [
    `--kubeconfig=${kubeconfig}`,
    "--port=0",
    "--secure-port=0",
    "--leader-elect=false",
    `--controllers=${controllers.join(",")}`,
    `--service-account-private-key-file=${join(folder, "server.key")}`,
  ];
}

/** A certificate authority, a server's certificate for 127.0.0.1, and an administrator's. */
function makeCertificates(folder: string): void {
  const openssl = (...args: readonly string[]): void => void execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test-authority");
  const sign = (name: string, subject: string, extensions: string): void => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl("req", ...key.slice(0, 3), "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...authority, "-out", `${name}.crt`, "-extfile", `${name}.ext`);
  };
  sign("server", "/CN=127.0.0.1", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n");
  sign("client", "/O=system:masters/CN=certified", "extendedKeyUsage=clientAuth\n");
}

function writeKubeconfig(folder: string, server: string): string {
  const path = join(folder, "kubeconfig");
  const ca = readFileSync(join(folder, "ca.crt")).toString("base64");
  const tokens = Object.entries({ ...users, expired: { token: "no-such-token" } });
  const contexts = [...tokens.map(([name]) => name), "certificate"];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "admin",
      clusters: [{ name: "test", cluster: { server, "certificate-authority-data": ca } }],
      users: [
        ...tokens.map(([name, { token }]) => ({ name, user: { token } })),
        { name: "certificate", user: { "client-certificate": "client.crt", "client-key": "client.key" } },
      ],
      contexts: contexts.map((name) => ({ name, context: { cluster: "test", user: name } })),
    }),
  );
  return path;
}

/** It ends with us, however we end. */
function run(program: string, args: readonly string[], folder: string): ChildProcess {
  const whole = ["--pdeathsig", "KILL", "--", program, ...args];
  const child = spawn("setpriv", whole, { cwd: folder, stdio: "ignore", env: { ...process.env, HOME: folder } });
  child.on("error", () => undefined);
  return child;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < startAttempts; attempt++) {
    if (await isSo().catch(() => false)) return;
    await sleep(pauseMs);
  }
  throw new Error(`Expected ${what} to be there, but it did not come.`);
}
