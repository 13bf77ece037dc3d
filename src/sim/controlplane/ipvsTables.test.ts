import '../testing/allModes.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import type { ClusterObjects } from '../../datamodel/kubernetes/clusterObjects.ts';
import { LOCAL_TABLE } from '../../datamodel/network/tables.ts';
import { printIpAddr } from '../../print/ipAddr.ts';
import { printIpLink } from '../../print/ipLink.ts';
import { printIpsetSave } from '../../print/ipset.ts';
import { printIptablesSave } from '../../print/iptablesSave.ts';
import { printIpvsadm } from '../../print/ipvsadm.ts';
import { ipAddress } from '../../wire/address.ts';
import { withKernelRoutes } from '../linux/route/kernelRoutes.ts';
import { compile } from './compile.ts';
import { capturedCluster, endpoint, SETTINGS, service, slice } from './testing/objects.ts';

/* What kube-proxy in IPVS mode left on a real kernel's nodes, beside what is compiled here. */

const compiled = compile(withEcho(capturedCluster('vxlan')), { ...SETTINGS, proxyMode: 'ipvs' }, [
  ipAddress('192.168.1.100'),
]);

describe.each(['node1', 'node2', 'node3'])('recorded with IPVS, %s', (name) => {
  const made = compiled.netns(`node/${name}`);
  if (made === undefined) throw new Error(`no namespace ${name}`);
  const netns = withKernelRoutes(made);
  const recorded = sections(`${name}.ipvs.txt`);

  it('iptables-save', () => {
    const dateless = lines(`${name}.iptables-save.txt`).map((line) => line.replace(/ on \w{3} .*$/, ''));
    // The machine had no kubelet: its canaries, and the table that has nothing else, are not there.
    const ours = texts(printIptablesSave(netns)).filter((line) => !line.includes('KUBELET-CANARY'));
    expect(ours.slice(ours.indexOf('*filter') - 1)).toEqual(dateless);
  });

  it('ipvsadm -Ln', () => {
    expect(texts(printIpvsadm(netns, undefined, 0))).toEqual(recorded.get('ipvsadm -Ln'));
  });

  it('ipset save', () => {
    const wanted = recorded.get('ipset save')?.map((line) => line.replace(/ initval .*$/, ''));
    // The machine ran the proxier of IPv4 alone.
    const ours = texts(printIpsetSave(netns)).filter((line) => !line.includes(' KUBE-6-'));
    // A hash has no order.
    expect(inSets(ours)).toEqual(inSets(wanted ?? []));
  });

  it('kube-ipvs0: addresses, flags and routes', () => {
    const wanted = recorded.get('ip addr show kube-ipvs0') ?? [];
    const filter = { link: (link: { readonly name: string }) => link.name === 'kube-ipvs0' };
    const ours = texts(printIpAddr(netns, filter));
    expect(ours.map(withoutMac)).toEqual(wanted.map(withoutMac));
    const routes = recorded.get('ip route show table local')?.filter((line) => line.includes('kube-ipvs0'));
    const own = netns.routes.filter(({ table, dev }) => table === LOCAL_TABLE && dev === 'kube-ipvs0');
    expect(own.map(({ destination }) => `local ${destination.address} dev`).sort()).toEqual(
      routes?.map((line) => line.split(' ').slice(0, 3).join(' ')).sort(),
    );
    const [head] = texts(printIpLink(netns, filter.link));
    expect(head).toBe(`${wanted[0]?.replace(' group', ' mode DEFAULT group')}`);
  });

  it('sysctl', () => {
    for (const line of recorded.get('sysctl net.ipv4.vs') ?? []) {
      const [key = '', value] = line.split(' = ');
      if (netns.sysctls[key] !== undefined) expect(netns.sysctls[key]).toBe(value);
    }
    expect(netns.sysctls).toMatchObject({ 'net.ipv4.vs.conntrack': '1', 'net.ipv4.vs.expire_nodest_conn': '1' });
  });
});

/** The Service that was there besides. */
function withEcho(objects: ClusterObjects): ClusterObjects {
  const endpoints = [1, 2, 3].map((n) => endpoint(`10.244.${n - 1}.3`, `node${n}`, `p${n}b`));
  const port = { name: 'udp', protocol: 'UDP', port: 9000 } as const;
  return {
    ...objects,
    services: [
      ...objects.services,
      service('echo', '10.96.42.12', {
        type: 'NodePort',
        ports: [{ ...port, targetPort: 9000, nodePort: 30082 }],
      }),
    ],
    endpointSlices: [...objects.endpointSlices, slice('echo', [port], endpoints)],
  };
}

function inSets(save: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, string[]>();
  for (const line of save) {
    const [word, name = ''] = line.split(' ');
    if (word === 'create') sets.set(name, [line]);
    else sets.get(name)?.push(line);
  }
  for (const members of sets.values()) members.sort();
  return sets;
}

function withoutMac(line: string): string {
  return line.replace(/link\/ether \S+/, 'link/ether');
}

function texts(printed: readonly PrintedLine[]): readonly string[] {
  return printed.map(({ text }) => text);
}

function lines(file: string): readonly string[] {
  const text = readFileSync(new URL(`fixtures/tables/ipvs/${file}`, import.meta.url), 'utf8');
  return text.trimEnd().split('\n');
}

/** The outputs of a file, by the commands that printed them. */
function sections(file: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines(file)) {
    if (line.startsWith('# ')) {
      current = [];
      found.set(line.slice(2), current);
    } else current.push(line);
  }
  return found;
}
