import type { ChainCall, ChainOperation, PodChain } from '../../datamodel/cluster/podChain.ts';

/** One thing that happens while a Pod's network is made. */
export type Moment = Happening & { readonly id: number };

type Happening =
  | { readonly type: 'list'; readonly title: string; readonly depth: 0 }
  | { readonly type: 'sandbox'; readonly title: string; readonly depth: 0 }
  | { readonly type: 'call'; readonly title: string; readonly depth: number; readonly call: ChainCall }
  | { readonly type: 'outcome'; readonly title: string; readonly depth: 0; readonly operation: ChainOperation };

/** All of it in order: the file that says what to do, the sandbox, every plugin, and what the runtime has in the end. */
export function momentsOf({ operations, listPath, refusal }: PodChain): readonly Moment[] {
  const list: Happening = { type: 'list', title: listPath.slice(listPath.lastIndexOf('/') + 1), depth: 0 };
  if (refusal) return [{ ...list, id: 0 }];
  const last = operations.at(-1);
  const happenings: readonly Happening[] = [
    list,
    { type: 'sandbox', title: 'containerd makes the sandbox', depth: 0 },
    ...operations.flatMap(({ calls }) =>
      calls.map((call): Happening => {
        const title = `${call.plugin} ${call.env.CNI_COMMAND ?? ''}`;
        return { type: 'call', title, depth: call.delegateDepth, call };
      }),
    ),
    ...(last
      ? [
          {
            type: 'outcome',
            title: last.error === undefined ? 'The Pod has its network' : 'kubelet reports',
            depth: 0,
            operation: last,
          } as const,
        ]
      : []),
  ];
  return happenings.map((each, id) => ({ ...each, id }));
}

const ROLES: ReadonlyMap<string, string> = new Map([
  ['loopback', 'sets lo up'],
  ['flannel', 'completes the configuration with what flanneld knows of the node, and hands it on'],
  ['bridge', 'makes the bridge, the veth pair, the Pod’s address and routes'],
  ['host-local', 'hands out an address of the node’s range, and keeps account of it in a file'],
  ['portmap', 'maps ports of the node to the Pod, where the Pod asks for any'],
  ['bandwidth', 'limits the Pod’s traffic'],
  ['firewall', 'lets the Pod’s traffic through FORWARD'],
  ['tuning', 'sets sysctls, MAC and MTU'],
  ['ptp', 'connects the Pod by a veth pair and routes'],
  ['static', 'answers with the addresses that it was told'],
  ['calico', 'makes the veth pair, the Pod’s address without neighbours and the node’s route to it'],
  ['calico-ipam', 'takes an address of the node’s block in Calico’s datastore; a block is what its length tells of'],
  ['cilium-cni', 'asks cilium-agent for an address and an endpoint, and makes the veth pair'],
  [
    'aws-cni',
    'asks ipamd for an address of the node’s interfaces, and makes the veth pair; the dummy is a note for DEL',
  ],
  ['egress-cni', 'gives a way out in the other IP family; it is switched off, and hands on what it got'],
]);

/** What a plugin is there for, after its name. */
export function roleOf(plugin: string): string {
  return ROLES.get(plugin) ?? 'is a plugin that is not known here';
}

/** JSON over several lines; anything else as it is. */
export function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
