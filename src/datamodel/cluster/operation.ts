/** What a person or a controller does to the objects of a running cluster: `kubectl scale`, `kubectl delete pod`, a failing probe. */
export type Operation =
  /** `kubectl scale`: `workload` is `Deployment/NAME`, `StatefulSet/NAME` or `ReplicaSet/NAME`. */
  | { readonly type: 'scale'; readonly namespace: string; readonly workload: string; readonly replicas: number }
  /** `kubectl delete pod`: its grace period begins; whoever owns it makes another at once. */
  | { readonly type: 'terminatePod'; readonly namespace: string; readonly name: string }
  /** The Pod is gone: its grace period is over, or it had none (`--grace-period=0 --force`). */
  | { readonly type: 'deletePod'; readonly namespace: string; readonly name: string }
  /** Its readiness probe fails, or succeeds again. */
  | { readonly type: 'setReady'; readonly namespace: string; readonly name: string; readonly ready: boolean }
  /** kube-proxy's Pod on a node is stopped or started: what it has written stays, and goes stale. */
  | { readonly type: 'stopProxy'; readonly node: string }
  | { readonly type: 'startProxy'; readonly node: string }
  /** A file in /etc/cni/net.d of nodes is written by hand, or deleted (null): Pods that are made from then on are made by it. */
  | {
      readonly type: 'writeFile';
      readonly nodes: readonly string[];
      readonly name: string;
      readonly text: string | null;
    }
  /** `kube-proxy --cleanup` of what it wrote in other modes than the one that it runs in, on every node. */
  | { readonly type: 'cleanUpProxy' };
