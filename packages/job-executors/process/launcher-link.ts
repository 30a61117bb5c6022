// What the executors of one node that run processes share: one launcher, one state folder.
import { resolve } from "node:path";
import type { ContainmentChoice } from "../containment/detect.ts";
import type { LaunchSpec } from "../launcher/protocol.ts";
import type { ExecutorAbilities, JobHandle, ProgramKind } from "../port.ts";
import { allocationsIn, JobFolder } from "../state/job-folder.ts";
import { JobHandles } from "./job-handles.ts";
import { LauncherClient } from "./launcher-client.ts";

/** How processes are run on this node. */
export interface LauncherLinkOptions {
  /** Where everything about jobs is kept; one node has one. */
  readonly stateFolder: string;
  /** How jobs are held together and limited. */
  readonly containment?: ContainmentChoice;
  /** How long jobs run on while no node is connected; absent: to their end. */
  readonly orphanMs?: number;
}

/** The link of a node to its launcher, which is started when it is first needed. */
export class LauncherLink {
  readonly #stateFolder: string;
  readonly #client: LauncherClient;
  readonly #handles: JobHandles;
  #users = 0;

  constructor({ stateFolder: folder, containment = "auto", orphanMs }: LauncherLinkOptions) {
    const stateFolder = resolve(folder);
    this.#stateFolder = stateFolder;
    const handles = new JobHandles(stateFolder);
    this.#handles = handles;
    const options = { containment, ownPids: [process.pid], ...(orphanMs === undefined ? {} : { orphanMs }) };
    this.#client = new LauncherClient(stateFolder, options, {
      onNews: (news) => handles.onNews(news),
      onKnown: (job) => void handles.of(this.#client, job),
    });
  }

  /** The folder that a job will have. */
  folderOf(allocation: string): JobFolder {
    return new JobFolder(this.#stateFolder, allocation);
  }

  async start(spec: LaunchSpec): Promise<JobHandle> {
    return this.#handles.of(this.#client, await this.#client.ask("start", { spec }));
  }

  /** Without a folder of a job and without a launcher there is none, and no launcher is started to say so. */
  async adopt(kind: ProgramKind): Promise<readonly JobHandle[]> {
    if (allocationsIn(this.#stateFolder).length === 0 && !(await this.#client.isThere())) return [];
    const jobs = await this.#client.ask("list", {});
    return jobs.filter((job) => job.kind === kind).map((job) => this.#handles.of(this.#client, job));
  }

  abilities(): Promise<ExecutorAbilities> {
    return this.#client.ask("abilities", {});
  }

  /** Counts who uses the link, so that it is closed by the last one. */
  use(): void {
    this.#users++;
  }

  async leave(): Promise<void> {
    if (--this.#users <= 0) await this.#client.close();
  }
}
