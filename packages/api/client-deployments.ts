// The part of the client that is about what is deployed.
import type { Send } from "./client-nodes.ts";
import type { Deployment } from "./deployment-resources.ts";

/** What is deployed, over the API. */
export class DeploymentsClient {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Everything that is deployed. */
  async list(): Promise<readonly Deployment[]> {
    return (await this.#send<{ readonly items: readonly Deployment[] }>("listDeployments", {})).items;
  }

  /** One deployment. */
  get(name: string): Promise<Deployment> {
    return this.#send("getDeployment", { path: { name } });
  }

  /** Goes back to the version before, or to one that is named. */
  rollBack(name: string, version?: number): Promise<Deployment> {
    return this.#send("rollbackDeployment", { path: { name }, query: { version } });
  }

  /** Tries a version once more whose rollout has stalled. */
  resume(name: string): Promise<Deployment> {
    return this.#send("resumeDeployment", { path: { name } });
  }

  /** The digests of the packages of functions that may be run. */
  async packages(): Promise<readonly string[]> {
    return (await this.#send<{ readonly items: readonly string[] }>("listPackages", {})).items;
  }

  /** The files of a package by path, in base 64. */
  async packageFiles(digest: string): Promise<{ readonly [path: string]: string }> {
    return (await this.#send<{ readonly files: { readonly [path: string]: string } }>("getPackage", { path: { digest } })).files;
  }

  /** Stops a deployment's replicas in order; then it is gone. */
  async delete(name: string): Promise<void> {
    await this.#send("deleteDeployment", { path: { name } });
  }
}
