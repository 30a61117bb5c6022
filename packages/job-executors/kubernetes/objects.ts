// The objects of the Kubernetes API, as far as they are read here. What a server leaves out is absent: nothing is relied upon
// that the oldest and the newest API do not both have.

/** What every object says of itself. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
}

/** Any object. */
export interface ClusterObject {
  readonly metadata: ObjectMeta;
}

/** Amounts by resource, as Kubernetes writes them: "500m", "1Gi". */
export interface Quantities {
  readonly [resource: string]: string | undefined;
}

/** A Job of the group batch. */
export interface JobObject extends ClusterObject {
  /** `suspend`: somebody holds it back; clusters before 1.21 do not know it. */
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** What one container has come to. */
export interface ContainerStatus {
  readonly name: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: TerminatedState;
  };
}

/** How a container ended. */
export interface TerminatedState {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

/** A container as it was asked for. */
export interface ContainerSpec {
  readonly name: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
  readonly restartPolicy?: string;
}

/** A pod. */
export interface PodObject extends ClusterObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly ContainerSpec[];
    readonly initContainers?: readonly ContainerSpec[];
    readonly overhead?: Quantities;
    /** Of the whole pod, in the place of its containers' own. */
    readonly resources?: { readonly requests?: Quantities };
  };
  readonly status?: {
    readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** A mark on a node that keeps pods away. */
export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** A machine of the cluster. */
export interface NodeObject extends ClusterObject {
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly NodeTaint[] };
  readonly status?: {
    readonly allocatable?: Quantities;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
