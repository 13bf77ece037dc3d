import '../testing/allModes.ts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PrintedLine } from '../../datamodel/cluster/printed.ts';
import type { Netns } from '../../datamodel/network/netns.ts';
import { UNDERLAY } from '../../datamodel/network/netnsId.ts';
import { printBridgeFdb } from '../../print/bridgeFdb.ts';
import { printIpNeigh } from '../../print/ipNeigh.ts';
import { printIpRoute } from '../../print/ipRoute.ts';
import { printIptablesSave } from '../../print/iptablesSave.ts';
import { printNftTable } from '../../print/nftList.ts';
import { ipAddress } from '../../wire/address.ts';
import { withKernelRoutes } from '../linux/route/kernelRoutes.ts';
import { type CompiledCluster, compile } from './compile.ts';
import { capturedCluster, SETTINGS } from './testing/objects.ts';

const CLIENT = ipAddress('192.168.1.100');

const BACKENDS = { vxlan: 'flannel-vxlan', hostgw: 'flannel-host-gw', calico: 'calico-bgp' } as const;

describe.each(['vxlan', 'hostgw', 'calico'] as const)('recorded tables, %s', (backend) => {
  const objects = capturedCluster(backend === 'vxlan' ? 'vxlan' : 'host-gw');
  const backendSettings = { ...SETTINGS, cni: BACKENDS[backend] };
  const compiled = compile(objects, backendSettings, [CLIENT]);

  describe.each(['node1', 'node2', 'node3'])('%s', (name) => {
    const netns = namespace(compiled, `node/${name}`);
    const recorded = sections(backend, `${name}.net.txt`);

    it('iptables-save', () => {
      const dateless = fixture(backend, `${name}.iptables-save.txt`).map((line) => line.replace(/ on \w{3} .*$/, ''));
      expect(texts(printIptablesSave(netns))).toEqual(dateless);
    });

    it('nft list table ip kube-proxy, whatever the order of its parts', () => {
      const settings = { ...backendSettings, proxyMode: 'nftables' } as const;
      const nft = compile(objects, settings, [CLIENT])
        .netns(`node/${name}`)
        ?.nftables?.find(({ family }) => family === 'ip');
      if (!nft) throw new Error('no table ip kube-proxy');
      expect(blocks(texts(printNftTable(nft, undefined, 0)))).toEqual(blocks(fixture(backend, `${name}.nft.txt`)));
    });

    it('ip route', () => {
      const plain = (line: string): string => withoutVeths(line, name);
      expect(texts(printIpRoute(netns)).map(plain)).toEqual(recorded.get('ip route (main)')?.map(plain));
    });

    it('ip addr', () => {
      expect(brief(netns).map((line) => withoutVeths(line, name))).toEqual(
        recorded.get('ip addr')?.map((line) => withoutVeths(line.replace(/^eth0@if\d+ */, 'eth0'.padEnd(17)), name)),
      );
    });

    it('what is written of ip neigh', () => {
      const permanent = recorded.get('ip neigh')?.filter((line) => line.includes('PERMANENT'));
      expect(texts(printIpNeigh(netns)).sort()).toEqual(permanent?.sort());
    });

    it('what is written of bridge fdb', () => {
      const written = recorded.get('bridge fdb')?.filter((line) => line.includes('permanent'));
      expect(
        texts(printBridgeFdb(netns))
          .map((line) => withoutVeths(line, name))
          .sort(),
      ).toEqual(written?.map((line) => withoutVeths(line, name)).sort());
    });

    it('link settings', () => {
      for (const line of recorded.get('ip -d link') ?? []) {
        const [, index, link, mtu] = /^(\d+): ([^:@]+)[@:].* mtu (\d+) /.exec(line) ?? [];
        if (index === undefined) continue;
        const own = netns.links.find((candidate) => candidate.index === Number(index));
        expect(own).toMatchObject({
          mtu: Number(mtu),
          ...(/^(veth|cali)/.test(link ?? '') ? { kind: 'veth' } : { name: link }),
        });
      }
    });

    it('sysctl', () => {
      const wanted = recorded.get('sysctl')?.map((line) => line.split(' = '));
      expect(wanted?.map(([key = '']) => [key, netns.sysctls[`net.${key.replaceAll('/', '.')}`]])).toEqual(wanted);
    });
  });

  it.each(['p1a', 'p1b', 'p2b'])('%s: ip addr and ip route', (name) => {
    const netns = namespace(compiled, `pod/default/${name}`);
    const lines = fixture(backend, 'pods.net.txt');
    const start = lines.indexOf(`## ${name}`) + 1;
    const next = lines.findIndex((line, i) => i >= start && line.startsWith('##'));
    const own = lines.slice(start, next < 0 ? undefined : next);
    expect(texts(printIpRoute(netns))).toEqual(
      own.filter((line) => / dev eth0 /.test(line) && !line.includes('lladdr')),
    );
    expect(brief(netns)).toEqual(own.slice(0, 2));
    expect(own[3]).toContain(netns.links[1]?.mac);
  });

  it('the underlay', () => {
    const netns = namespace(compiled, UNDERLAY);
    const lines = fixture(backend, 'underlay.net.txt').map((line) => line.replaceAll('u-client', `u-${CLIENT}`));
    const names = (texts: readonly string[]): readonly string[] =>
      texts.map((line) => line.replace(/@if\d+| +/g, ' ').trim()).sort();
    const addresses = lines
      .filter((line) => /UNKNOWN|UP/.test(line))
      .map((line) => line.replace(/@if\d+/, '').replaceAll(/ +/g, ' '));
    expect(names(brief(netns).map((line) => line.replaceAll(/ +/g, ' ')))).toEqual(names(addresses));
    const permanent = lines.filter((line) => line.includes('permanent')).map(withoutPortMac);
    expect(texts(printBridgeFdb(netns)).map(withoutPortMac).sort()).toEqual(permanent.sort());
  });
});

function namespace(compiled: CompiledCluster, id: string): Netns {
  const netns = compiled.netns(id);
  if (!netns) throw new Error(`no namespace ${id}`);
  return withKernelRoutes(netns);
}

function texts(lines: readonly PrintedLine[]): string[] {
  return lines.map((line) => line.text);
}

/** The sets, maps and chains of a table, in the order of their names. */
function blocks(lines: readonly string[]): readonly string[] {
  const found: string[][] = [];
  for (const line of lines.filter((text) => text !== '')) {
    if (/^\t\w.*\{$/.test(line)) found.push([]);
    found.at(-1)?.push(line);
  }
  return found.map((block) => block.filter((line) => line !== '}').join('\n')).sort();
}

/** As `ip -br addr` prints. */
function brief(netns: Netns): readonly string[] {
  return netns.links.map((link) => {
    const peer = link.kind === 'veth' ? `@if${link.peer.index}` : '';
    const state = link.kind === 'loopback' || link.kind === 'vxlan' ? 'UNKNOWN' : 'UP';
    const own = netns.addresses.filter((address) => address.link === link.name);
    const addresses = own.map(({ address, prefixLength }) => `${address}/${prefixLength} `).join('');
    return `${`${link.name}${peer}`.padEnd(16)} ${state.padEnd(14)} ${addresses}`;
  });
}

/** The recording named veths after Pods and numbered their MACs; reality draws both. */
function withoutVeths(line: string, name: string): string {
  const n = name.slice(-1);
  return line
    .replace(/(veth|cali)\w+(@if\d+)?\s*/, 'veth ')
    .replace(new RegExp(`^06:00:00:00:0${n}:\\S+`), 'mac')
    .replace(/^[0-9a-f:]{17}(?= dev veth master)/, 'mac');
}

function withoutPortMac(line: string): string {
  return line.replace(/^[0-9a-f:]{17}(?= dev u-\S+ master br0 permanent)/, 'mac');
}

function fixture(backend: string, name: string): readonly string[] {
  const text = readFileSync(new URL(`fixtures/tables/${backend}/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

function sections(backend: string, name: string): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of fixture(backend, name)) {
    if (line.startsWith('# ')) {
      current = [];
      found.set(line.slice(2), current);
    } else current.push(line);
  }
  return found;
}
