// `baton node join`: this machine as a node of a server, until it is told to stop.
import { join, resolve } from "node:path";
import {
  addressLabel,
  createLoadMeter,
  fetchedPackages,
  machineCapacity,
  machineLabels,
  NodeAgent,
  openMachine,
  PackageFolder,
  writeConnection,
  type PackageRunner,
} from "@baton/executors";
import { ApiError, BatonClient, type Problem } from "@baton/api";
import { packageProgram } from "@baton/sdk";
import { nodeCredential } from "@baton/runtime";
import { lockFolder } from "@baton/storage";
import { serverToken, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { addressTowards } from "../node/address.ts";
import { joinClusters } from "../node/clusters.ts";
import { cleanerOf, readIdentity, writeIdentity, type NodeIdentity } from "../node/identity.ts";
import { jobsAtLeave, stopWithin, type StopChoice } from "../node/jobs-at-stop.ts";
import { RemoteNode } from "../node/remote-node.ts";

/** What `node join` is told. */
export interface JoinOptions {
  readonly data: string;
  readonly name?: string;
  readonly pool?: string;
  readonly zone?: string;
  readonly label?: readonly string[];
  readonly address?: string;
  readonly drain?: boolean;
  readonly stopJobs?: boolean;
  /** Clusters whose nodes join in the place of this machine. */
  readonly kubernetes?: readonly string[];
  readonly kubernetesNamespaces?: readonly string[];
}

/** Joins, and runs what the server says, until the first interrupt. */
export async function joinNode(context: Context, url: string, options: JoinOptions): Promise<ExitCode> {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
    throw new CommandFailure(exitCodes.usage, `"${url}" is not the address of a server`, {
      next: "write it like http://baton.example.org:7070",
    });
  const labels = readLabels(options.label ?? []);
  const here = await addressLabels(url, options.address);
  const folder = resolve(options.data);
  const clean = cleanerOf(folder);
  const identity = readIdentity(folder, options.name);
  const lock = lockFolder(folder);
  try {
    if (options.kubernetes !== undefined) return await joinClusters(context, { url, folder, identity, labels, ...options });
    return await new Joining(context, url, folder, identity).run({ ...here, ...labels }, options);
  } finally {
    lock.release();
    // Once a server has taken it in, its folder is somebody's.
    if (readIdentity(folder, undefined).joined === null) clean();
  }
}

class Joining {
  readonly #context: Context;
  readonly #url: string;
  readonly #folder: string;
  #identity: NodeIdentity;
  /** The key was refused: the token is shown instead, if it was given. */
  #byToken: boolean;
  #said = "";
  readonly #ended = Promise.withResolvers<Problem | null>();

  constructor(context: Context, url: string, folder: string, identity: NodeIdentity) {
    this.#context = context;
    this.#url = url;
    this.#folder = folder;
    this.#identity = identity;
    this.#byToken = identity.joined !== url;
  }

  async run(labels: { readonly [key: string]: string }, { pool, zone, drain = false, stopJobs = false }: JoinOptions): Promise<ExitCode> {
    const { signal } = this.#context;
    const say = (text: string): void => this.#context.say(text);
    const now = (): number => Date.now();
    const packages = this.#packages();
    const machine = await openMachine({ stateFolder: join(this.#folder, "jobs"), now, outlive: true, packages });
    const agent = new NodeAgent({
      executors: machine.executors,
      ask: machine.ask,
      now,
      refused: ({ job, token }) => say(`${job}: the end of attempt ${token} came too late (report-late)\n`),
    });
    await agent.adopt();
    const measure = createLoadMeter(this.#folder);
    const { name, key } = this.#identity;
    const place = { ...(pool !== undefined && { pool }), ...(zone !== undefined && { zone }) };
    const capacity = machineCapacity(this.#folder);
    const hello = { id: name, key, capacity, labels: { ...machineLabels(), ...labels, ...machine.labels }, ...place };
    const node = new RemoteNode({
      url: this.#url,
      credential: () => this.#credential(),
      hello: () => hello,
      agent,
      load: () => ({ ...measure(), running: agent.running }),
      now,
      listener: {
        joined: () => this.#joined(agent.running),
        refused: (problem) => this.#refused(problem),
        unreachable: () => this.#tell(`nobody answers at ${this.#url}; it is tried again\n`),
        broken: () => this.#tell(`the server is not heard of; jobs run on, and it is tried again\n`),
      },
    });
    signal.addEventListener("abort", () => this.#ended.resolve(null), { once: true });
    if (signal.aborted) this.#ended.resolve(null);
    const problem = await this.#ended.promise;
    // A server that has turned it away settles nothing any more.
    const choice = problem !== null ? "run-on" : stopJobs ? "end" : drain ? "finish" : "run-on";
    say(jobsAtLeave(agent.running, choice, node.leaseMs));
    await leave(node, agent, choice);
    node.close();
    await agent.close();
    if (problem === null) return exitCodes.done;
    throw new ApiError(problem);
  }

  /** Instances of packages come to the server by this node's key: it lets in what the node's jobs bring. */
  #packages(): PackageRunner {
    const path = join(this.#folder, "packages");
    const connectionFile = join(path, "connection.json");
    const token = nodeCredential(this.#identity.name, this.#identity.key);
    writeConnection(connectionFile, { url: this.#url, token });
    const { deployments } = new BatonClient({ url: this.#url, token });
    const source = { files: (digest: string) => deployments.packageFiles(digest), deployed: () => deployments.packages() };
    return { program: packageProgram, connectionFile, folderOf: fetchedPackages(new PackageFolder(path), source) };
  }

  #credential(): string | undefined {
    return this.#byToken ? serverToken(this.#context.options) : nodeCredential(this.#identity.name, this.#identity.key);
  }

  #joined(running: number): void {
    this.#byToken = false;
    if (this.#identity.joined !== this.#url) {
      this.#identity = { ...this.#identity, joined: this.#url };
      writeIdentity(this.#folder, this.#identity);
    }
    this.#said = "";
    const jobs = running === 0 ? "" : `; goes on with ${running} ${running === 1 ? "job" : "jobs"}`;
    this.#context.out(`node ${this.#identity.name} has joined ${this.#url}${jobs}\n`);
  }

  /** What may pass is waited for; what never will ends the command. */
  #refused(problem: Problem): void {
    if (problem.retryable) return this.#tell(`not let in, tried again: ${problem.detail} (${problem.code})\n  next: ${problem.hint}\n`);
    if (problem.code === "node-token-invalid" && !this.#byToken) this.#byToken = true;
    else this.#ended.resolve(problem);
  }

  /** The same is said once. */
  #tell(text: string): void {
    if (text === this.#said) return;
    this.#said = text;
    this.#context.say(text);
  }
}

/** Where what runs here is reached by those who call it. */
async function addressLabels(url: string, written: string | undefined): Promise<{ readonly [key: string]: string }> {
  if (written !== undefined && !/^[\w.:-]+$/.test(written))
    throw new CommandFailure(exitCodes.usage, `"${written}" is not an address of a machine`, {
      where: "--address",
      next: "write a name or an IP address alone, such as 10.0.0.7",
    });
  const address = written ?? (await addressTowards(url));
  return address === undefined ? {} : { [addressLabel]: address };
}

async function leave(node: RemoteNode, agent: NodeAgent, choice: StopChoice): Promise<void> {
  // Without jobs there is no lease to wait for.
  if (agent.running === 0) return node.leave();
  if (choice === "run-on") return;
  node.leave();
  return choice === "finish" ? agent.emptied() : stopWithin(agent.stopAll());
}

function readLabels(written: readonly string[]): { readonly [key: string]: string } {
  const labels = written.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)] as const;
    throw new CommandFailure(exitCodes.usage, `"${text}" is not a label`, { where: "--label", next: "write KEY=VALUE, such as disk=ssd" });
  });
  return Object.fromEntries(labels);
}
