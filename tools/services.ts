// Real components for tests that no package manager brings as programs: builds them once, into a folder of the user's, and starts them.
//
//   node tools/services.ts install kubernetes    builds the API server and its controllers from Debian's sources (ten minutes, 2 GB meanwhile)
//   node tools/services.ts up kubernetes         starts a cluster without nodes, says where its kubeconfig is, and ends it on interrupt
//   node tools/services.ts install postgres      from Debian's packages
//   node tools/services.ts up postgres           starts one in a folder of its own, says its URL, and ends it on interrupt
//
// Tests look for what is installed and are skipped by name where it is not.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canRunCluster, clusterPrograms, servicesFolder, startCluster } from "../packages/job-executors/kubernetes/testing/cluster.ts";
import { postgresPrograms, startPostgres } from "./postgres.ts";

interface Service {
  readonly install: () => void;
  readonly up: () => Promise<void>;
}

/** Debian keeps the sources of everything that it has built; those of another release need another compiler. */
const release = "bookworm";

const services: { readonly [name: string]: Service } = {
  kubernetes: { install: installKubernetes, up: upKubernetes },
  postgres: { install: installPostgres, up: upPostgres },
};

const [verb, name = ""] = process.argv.slice(2);
const service = services[name];
if (service === undefined || (verb !== "install" && verb !== "up")) {
  console.error(`usage: node tools/services.ts install|up ${Object.keys(services).join("|")}`);
  process.exit(2);
}
await service[verb]();

/** Once; without touching what the machine has already. */
function installKubernetes(): void {
  if (canRunCluster()) return console.error(`${clusterPrograms()} has it already.`);
  const packages = ["golang-1.19-go", "rsync", "etcd-server", "make", "dpkg-dev", "openssl"];
  run("apt-get", ["install", "-y", "--no-install-recommends", "--no-upgrade", ...packages]);
  mkdirSync(servicesFolder(), { recursive: true });
  const folder = mkdtempSync(join(servicesFolder(), "build-"));
  try {
    buildKubernetes(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.error(`Built: ${clusterPrograms()}`);
}

function buildKubernetes(folder: string): void {
  fetchSources(folder);
  const description = readdirSync(folder).find((file) => file.endsWith(".dsc"));
  run("dpkg-source", ["--no-check", "-x", String(description), "tree"], folder);
  const tree = join(folder, "tree");
  const path = `/usr/lib/go-1.19/bin:${process.env["PATH"] ?? ""}`;
  const env = {
    ...process.env,
    PATH: path,
    CGO_ENABLED: "0",
    GOPROXY: "off",
    GOFLAGS: "-mod=vendor",
    GO111MODULE: "on",
    GOCACHE: join(folder, "cache"),
  };
  run("nice", ["make", "WHAT=cmd/kube-apiserver cmd/kube-controller-manager"], tree, env);
  const output = join(folder, "programs");
  mkdirSync(output);
  for (const program of ["kube-apiserver", "kube-controller-manager"])
    copyFileSync(join(tree, "_output", "bin", program), join(output, program));
  renameSync(output, clusterPrograms());
}

/** From a list of sources of its own, so that the machine's is left as it is. */
function fetchSources(folder: string): void {
  const list = join(folder, "sources.list");
  const wanted = ["Created-By: Packages", `Release: ${release}`, "Component: main"];
  const [mirror] = execFileSync("apt-get", ["indextargets", "--format", "$(REPO_URI)", ...wanted], { encoding: "utf8" }).split("\n");
  if (mirror === undefined || mirror === "") throw new Error(`This machine's apt has no Debian ${release}, whose sources are built.`);
  writeFileSync(list, `deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${release} main\n`);
  mkdirSync(join(folder, "lists", "partial"), { recursive: true });
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(folder, "lists")}`,
    "APT::Sandbox::User=root",
  ];
  const flags = options.flatMap((option) => ["-o", option]);
  run("apt-get", [...flags, "update"], folder);
  run("apt-get", [...flags, "source", "--download-only", "kubernetes"], folder);
}

async function upKubernetes(): Promise<void> {
  if (!canRunCluster()) throw new Error("First: node tools/services.ts install kubernetes");
  const cluster = await startCluster();
  console.log(cluster.kubeconfig);
  console.error(`A cluster without nodes listens on ${cluster.url}; Ctrl-C ends it.`);
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await cluster.remove();
}

function installPostgres(): void {
  if (postgresPrograms() !== undefined) return console.error(`${postgresPrograms()} has it already.`);
  run("apt-get", ["install", "-y", "--no-install-recommends", "postgresql", "postgresql-client"]);
}

async function upPostgres(): Promise<void> {
  const postgres = await startPostgres();
  console.log(postgres.url);
  console.error("Ctrl-C ends it, and its data are gone.");
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await postgres.stop();
}

function run(program: string, args: readonly string[], cwd?: string, env: NodeJS.ProcessEnv = process.env): void {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2], env, ...(cwd !== undefined && { cwd }) });
  if (status !== 0) throw new Error(`${program} ended with ${error?.message ?? status}.`);
}
