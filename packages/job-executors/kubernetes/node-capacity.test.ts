import { expect, test } from "vitest";
import { clusterNode, podShare } from "./node-capacity.ts";
import type { NodeObject, PodObject } from "./objects.ts";

function node(more: Partial<NodeObject> = {}, labels: { readonly [key: string]: string } = {}): NodeObject {
  const allocatable = { cpu: "3920m", memory: "16Gi", "ephemeral-storage": "100G", pods: "3", "nvidia.com/gpu": "2", "hugepages-2Mi": "0" };
  const status = { allocatable, conditions: [{ type: "Ready", status: "True" }] };
  return { metadata: { name: "n1", uid: "u", resourceVersion: "1", labels }, status, ...more };
}

function pod(spec: Partial<PodObject["spec"]>, owner?: string): PodObject {
  const labels = owner === undefined ? {} : { "baton.owner": owner };
  return { metadata: { name: "p", uid: "u", resourceVersion: "1", labels }, spec: { nodeName: "n1", containers: [], ...spec } };
}

const asking = (cpu: string, memory = "0"): PodObject["spec"]["containers"][number] => ({
  name: "c",
  resources: { requests: { cpu, memory } },
});
const share = (one: PodObject): ReturnType<typeof podShare> => podShare(one, "us", "baton.owner");

test("what a pod asks for: its containers together, or the largest that runs before them, and its overhead", () => {
  const limited = { name: "c", resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "100m" } } };
  expect(share(pod({ containers: [asking("250m"), asking("0.1", "1Gi")] })).requests).toEqual({ cpu: 0.35, memory: 2 ** 30 });
  expect(
    share(pod({ containers: [asking("1")], initContainers: [asking("3"), asking("2")], overhead: { cpu: "250m" } })).requests["cpu"],
  ).toBe(3.25);
  const sidecar = { ...asking("500m"), restartPolicy: "Always" };
  expect(share(pod({ containers: [asking("1")], initContainers: [sidecar] })).requests["cpu"]).toBe(1.5);
  expect(share(pod({ containers: [limited] })).requests).toEqual({ cpu: 0.1, memory: 2 ** 30 });
  const asAWhole = pod({ containers: [asking("1", "1Gi")], resources: { requests: { cpu: "3" } } });
  expect(share(asAWhole).requests).toEqual({ cpu: 3, memory: 2 ** 30 });
});

test("jobs may have what is allocatable less what others ask for; our own pods are counted by whoever placed them", () => {
  const others = share(pod({ containers: [asking("0.1", "1Gi"), asking("0.2", "1Gi")] }));
  const ours = share(pod({ containers: [{ ...asking("2", "2Gi"), name: "job" }] }, "us"));
  const { capacity, taints } = clusterNode(node(), [others, ours]);
  expect(capacity).toEqual({ cpu: 3620, memory: 14 * 2 ** 30, disk: 100e9, pods: 2, gpu: 2, "nvidia.com/gpu": 2 });
  expect(taints).toEqual([]);
  const greedy = share(pod({ containers: [asking("99")] }, "them"));
  expect(clusterNode(node(), [greedy]).capacity["cpu"]).toBe(0);
});

test("what a cluster adds to our pods is taken too", () => {
  const job = { ...asking("2", "2Gi"), name: "job" };
  const ours = share(pod({ containers: [job, asking("100m", "128Mi")], overhead: { cpu: "20m" } }, "us"));
  expect(clusterNode(node(), [ours]).capacity).toMatchObject({ cpu: 3800, memory: 16 * 2 ** 30 - 2 ** 27, pods: 3 });
});

test("a node with as many pods as it may have takes no more", () => {
  const one = share(pod({ containers: [] }, "us"));
  expect(clusterNode(node(), [one, one, one]).taints).toEqual([{ key: "baton/pods-full", effect: "no-schedule" }]);
});

test("taints, cordons, labels and zone are the node's own; a pod stays in spite of taints, but not where its node is gone", () => {
  const taints = [
    { key: "gpu", value: "yes", effect: "NoSchedule" },
    { key: "spot", effect: "PreferNoSchedule" },
    { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
  ] as const;
  const seen = clusterNode(
    node({ spec: { taints, unschedulable: true } }, { "topology.kubernetes.io/zone": "z1", "kubernetes.io/arch": "arm64" }),
    [],
  );
  expect(seen.taints).toEqual([
    { key: "gpu", value: "yes", effect: "no-schedule" },
    { key: "spot", effect: "prefer-not" },
    { key: "node.kubernetes.io/not-ready", effect: "no-schedule" },
    { key: "node.kubernetes.io/unschedulable", effect: "no-schedule" },
  ]);
  expect(seen.tolerations.map(({ key }) => key)).toEqual(["gpu", "spot"]);
  expect(seen).toMatchObject({
    zone: "z1",
    isReady: true,
    labels: { host: "n1", arch: "arm64", "topology.kubernetes.io/zone": "z1" },
    gpuResource: "nvidia.com/gpu",
  });
  expect(clusterNode(node({ status: { conditions: [{ type: "Ready", status: "Unknown" }] } }), []).isReady).toBe(false);
});
