import { expect, it } from 'vitest';
import { printIptablesSave } from '../../../print/iptablesSave.ts';
import { ipAddress } from '../../../wire/address.ts';
import { compile } from '../compile.ts';
import { cluster, node, pod, SETTINGS } from '../testing/objects.ts';
import { portmapChainName } from './portmapRules.ts';
import { sandboxId } from './sandbox.ts';

it('names the chain of a sandbox as the plugin did in a recorded run', () => {
  const id = '2222c0ffee0123456789abcdef0123456789abcdef0123456789abcdef012345';
  expect(portmapChainName('cbr0', id)).toBe('CNI-DN-f714b76dff7dc862a9647');
});

it('writes the rules of a recorded run: hostPort 8080/tcp, and 5353/udp on one address', () => {
  const web = pod('web-2', 'n', '10.244.0.3', {
    ports: [
      { name: '', protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: undefined },
      { name: '', protocol: 'UDP', containerPort: 53, hostPort: 5353, hostIp: ipAddress('192.168.1.11') },
      { name: '', protocol: 'TCP', containerPort: 81, hostPort: undefined, hostIp: undefined },
    ],
  });
  const compiled = compile(cluster({ nodes: [node('n', '192.168.1.11', '10.244.0.0/24')], pods: [web] }), SETTINGS);
  const id = sandboxId(web);
  const chain = portmapChainName('cbr0', id);
  const netns = compiled.netns('node/n');
  if (!netns) throw new Error('no such namespace');
  const own = printIptablesSave(netns).map((line) => line.text.replaceAll(chain, 'DN').replaceAll(id, 'ID'));
  expect(own.filter((line) => line.startsWith('-A') && /DN |CNI-HOSTPORT/.test(line))).toEqual([
    '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
    '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
    '-A DN -s 10.244.0.0/24 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
    '-A DN -s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
    '-A DN -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.244.0.3:80',
    '-A DN -s 10.244.0.0/24 -d 192.168.1.11/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK',
    '-A DN -s 127.0.0.1/32 -d 192.168.1.11/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK',
    '-A DN -d 192.168.1.11/32 -p udp -m udp --dport 5353 -j DNAT --to-destination 10.244.0.3:53',
    '-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"ID\\"" -m multiport --dports 8080 -j DN',
    '-A CNI-HOSTPORT-DNAT -p udp -m comment --comment "dnat name: \\"cbr0\\" id: \\"ID\\"" -m multiport --dports 5353 -j DN',
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
  ]);
  expect(netns.sysctls['net.ipv4.conf.cni0.route_localnet']).toBe('1');
  // Masquerading comes before kube-proxy's and flannel's.
  const postrouting = netns.netfilter
    .find(({ name }) => name === 'nat')
    ?.chains.find(({ name }) => name === 'POSTROUTING');
  expect(postrouting?.rules.map(({ target }) => 'chain' in target && target.chain)).toEqual([
    'CNI-HOSTPORT-MASQ',
    'KUBE-POSTROUTING',
    'FLANNEL-POSTRTG',
  ]);
});
