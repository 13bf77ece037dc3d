import { printIpAddrBrief } from '../print/ipAddr.ts';
import { printIpLinkBrief } from '../print/ipLink.ts';
import { printRoutes } from '../print/ipRoute.ts';
import { printTable } from '../print/iptablesSave.ts';
import type { CniNode } from '../sim/controlplane/cni/node/cniNode.ts';
import type { Namespace } from '../sim/controlplane/cni/node/namespace.ts';
import { familyOf } from '../wire/address.ts';

/** What plugins have left on a node, as its tools print it: of the node, of every sandbox, and the files. */
export function cniState(node: CniNode): object {
  const { host } = node;
  return {
    node: {
      ...namespaceState(host),
      ...Object.fromEntries(host.netfilter.map((table) => [tableName(table), rulesOf(table)])),
      sysctl: host.sysctls,
    },
    pods: Object.fromEntries(
      [...node.sandboxes].map(([path, sandbox]) => [path.slice(path.lastIndexOf('/') + 1), namespaceState(sandbox)]),
    ),
    files: Object.fromEntries([...node.files].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function namespaceState(netns: Namespace): Readonly<Record<string, readonly string[]>> {
  const all = netns.toNetns();
  const routes = (family: 'IPv4' | 'IPv6'): readonly string[] =>
    printRoutes(netns.allRoutes().filter(({ destination }) => familyOf(destination.address) === family)).map(textOf);
  return {
    'ip addr': printIpAddrBrief(all).map(textOf),
    'ip link': printIpLinkBrief(all).map(textOf),
    'ip route': routes('IPv4'),
    'ip -6 route': routes('IPv6'),
  };
}

function tableName({ family, name }: Namespace['netfilter'][number]): string {
  return `${family === 'ipv4' ? 'iptables' : 'ip6tables'} ${name}`;
}

function rulesOf(table: Namespace['netfilter'][number]): readonly string[] {
  return printTable(table).flatMap(({ text }) => (text.startsWith('#') ? [] : [text]));
}

function textOf({ text }: { readonly text: string }): string {
  return text;
}
