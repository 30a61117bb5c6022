// Deployments: `POST /v1/objects` applies them; here they are looked at and deleted.
import type { Deployment } from "@baton/api";
import { formatInstant } from "@baton/core";
import type { DeploymentView } from "@baton/runtime";
import type { ApiRequest, Handler } from "../exchange.ts";

/** GET /v1/deployments */
export const listDeployments: Handler = (_, { deployments }) => ({ status: 200, value: { items: deployments.list().map(shown) } });

/** GET /v1/deployments/{name} */
export const getDeployment: Handler = (request, { deployments }) => ({ status: 200, value: shown(deployments.get(nameOf(request))) });

/** POST /v1/deployments/{name}:rollback */
export const rollbackDeployment: Handler = async (request, { deployments }) => {
  const name = nameOf(request);
  await deployments.rollBack(name, request.number("version"));
  return { status: 200, value: shown(deployments.get(name)) };
};

/** POST /v1/deployments/{name}:resume */
export const resumeDeployment: Handler = async (request, { deployments }) => {
  const name = nameOf(request);
  await deployments.resume(name);
  return { status: 200, value: shown(deployments.get(name)) };
};

/** GET /v1/packages */
export const listPackages: Handler = (_, { deployments }) => ({ status: 200, value: { items: deployments.packagesInUse() } });

/** GET /v1/packages/{digest} */
export const getPackage: Handler = (request, { deployments }) => ({
  status: 200,
  value: { files: deployments.packageFiles(request.path["digest"] ?? "") },
});

/** DELETE /v1/deployments/{name} */
export const deleteDeployment: Handler = async (request, { deployments }) => {
  const name = nameOf(request);
  deployments.get(name);
  await deployments.delete(name);
  return { status: 204 };
};

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}

function shown(view: DeploymentView): Deployment {
  const replicas = view.replicas.map((replica) => ({
    ...replica,
    since: formatInstant(replica.since),
    restartsAt: replica.restartsAt === null ? null : formatInstant(replica.restartsAt),
  }));
  const versions = view.versions.map((version) => ({ ...version, wantedAt: formatInstant(version.wantedAt) }));
  return { ...view, createdAt: formatInstant(view.createdAt), versions, replicas };
}
