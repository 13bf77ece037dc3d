import type { Link } from '../../../datamodel/network/link.ts';
import type { Netns } from '../../../datamodel/network/netns.ts';
import { ipAddress, ipPrefix, macAddress } from '../../../wire/address.ts';
import { composeTable } from '../netfilter/tableChanges.ts';
import { interfaceAddress, mainRoute } from '../netnsParts.ts';
import { CniNode } from './node/cniNode.ts';
import { Namespace } from './node/namespace.ts';
import { PLUGINS } from './plugins/plugins.ts';

const LO: Link = {
  kind: 'loopback',
  name: 'lo',
  index: 1,
  owner: 'kernel',
  mac: macAddress('00:00:00:00:00:00'),
  mtu: 65536,
  up: true,
};

/** A machine of no cluster, at 192.168.1.11: on it plugins can be called by themselves. */
export function bareNode(): CniNode {
  const eth0: Link = {
    kind: 'physical',
    name: 'eth0',
    index: 3,
    owner: 'host',
    mac: macAddress('02:42:c0:a8:01:0b'),
    mtu: 1500,
    up: true,
    peer: { netns: 'underlay', link: 'eth0peer' },
  };
  const host: Netns = {
    ...emptyNetns('node/bare'),
    links: [LO, eth0],
    addresses: [
      interfaceAddress('kernel', 'lo', ipPrefix('127.0.0.1/8'), 'host'),
      interfaceAddress('kernel', 'lo', ipPrefix('::1/128'), 'host'),
      interfaceAddress('host', 'eth0', ipPrefix('192.168.1.11/24')),
    ],
    routes: [mainRoute('host', ipPrefix('0.0.0.0/0'), { via: ipAddress('192.168.1.1'), dev: 'eth0' })],
    netfilter: [composeTable('nat', []), composeTable('filter', [])],
  };
  return new CniNode(new Namespace(host), new Map(), new Map(), new Set(PLUGINS.keys()));
}

/** A new network namespace: lo is there, and down. */
export function bareSandbox(path: string): Namespace {
  return new Namespace({ ...emptyNetns(`sandbox ${path}`), links: [{ ...LO, up: false }] });
}

function emptyNetns(id: string): Netns {
  return {
    id,
    links: [],
    addresses: [],
    routes: [],
    neighbors: [],
    fdb: [],
    netfilter: [],
    sysctls: {},
    listeners: [],
  };
}
