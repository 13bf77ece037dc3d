import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Step } from '../datamodel/flow/step.ts';
import { ipAddress } from '../wire/address.ts';
import { chipOf } from './chip.ts';
import { describeDuration } from './describe.ts';
import { namesOf } from './names.ts';
import { narrate } from './narration.ts';
import { articleCluster, CLIENT, TO_SERVICE } from './testing/flows.ts';
import { anyStep } from './testing/steps.ts';
import { fitText, textWidth } from './textFit.ts';

const { view, send } = articleCluster();
const names = namesOf(view);
const flow = send(TO_SERVICE);
const refused = send({
  from: 'pod/default/frontend-x2k9p',
  to: { type: 'address', address: ipAddress('10.96.42.99') },
});
const outside = send({
  ...TO_SERVICE,
  from: CLIENT,
  to: { type: 'address', address: ipAddress('192.168.1.11') },
  port: 30080,
});

function sentences(conversation: typeof flow, label: string, type: Step['type']): string[] {
  return conversation.traces
    .filter((trace) => trace.label === label)
    .flatMap((trace) =>
      trace.hops.flatMap((hop) =>
        hop.steps.filter((step) => step.type === type).map((step) => narrate(step, trace, names)),
      ),
    );
}

describe('narration of nftables', () => {
  const nft = articleCluster('vxlan', { proxyMode: 'nftables' });
  const pick = { address: ipAddress('10.244.2.47'), port: 8080 };
  const conversation = nft.send({ ...TO_SERVICE, pick });

  it('says which element of a map, and which number drawn, led on', () => {
    const said = sentences(conversation, 'SYN', 'rule');
    expect(said).toContainEqual(
      expect.stringMatching(
        /^Rule 1 of services \(ip kube-proxy, worker-01\) matches, for @service-ips has 10\.96\.42\.10 \. tcp \. 80: on to service-[A-Z2-7]{8}-default\/backend\/tcp\/http\.$/,
      ),
    );
    expect(said).toContainEqual(
      expect.stringContaining('the endpoint was picked by hand (it comes by chance with 33.3 %): on to endpoint-'),
    );
  });

  it('counts the lookups of a chain beside its rules', () => {
    expect(sentences(conversation, 'SYN', 'hook')).toContain(
      'filter-prerouting-pre-dnat of ip kube-proxy on worker-01 accepts the packet by its policy; 2 rules were tried, 1 map or set asked.',
    );
  });
});

describe('narration', () => {
  it('says in one sentence each what a request through a Service meets', () => {
    expect(sentences(flow, 'SYN', 'originate')).toEqual([
      'The Pod frontend-x2k9p sends a SYN, the first packet of a TCP connection, to the Service backend, 10.96.42.10:80.',
    ]);
    expect(sentences(flow, 'SYN', 'translate')).toEqual([
      "worker-01 rewrites the destination: the Service backend's 10.96.42.10:80 becomes the Pod backend-r8m3q's 10.244.2.47:8080.",
    ]);
    expect(sentences(flow, 'SYN', 'encapsulate')).toEqual([
      "worker-01's flannel.1 wraps the packet: 50 bytes of headers, VNI 1, addressed to worker-02 (192.168.1.12).",
    ]);
    expect(sentences(flow, 'SYN', 'forward')).toEqual([
      'worker-01 forwards the packet, so its TTL goes down to 63.',
      'worker-02 forwards the packet, so its TTL goes down to 62.',
    ]);
    expect(sentences(flow, 'SYN ACK', 'translate')).toEqual([
      "worker-01 undoes the rewriting for the answer: its source, the Pod backend-r8m3q's 10.244.2.47:8080 becomes the Service backend's 10.96.42.10:80 again.",
    ]);
  });

  it('names what is sent as it is spoken, and DNS by its question', () => {
    const told = (what: string): string => {
      const [first] = flow.traces[0]!.hops[0]!.steps;
      return narrate({ ...first!, type: 'originate', by: 'socket', what }, flow.traces[0]!, names).replace(
        / to the .*/,
        '',
      );
    };
    expect(told('HTTP request')).toBe('The Pod frontend-x2k9p sends an HTTP request');
    expect(told('UDP datagram')).toBe('The Pod frontend-x2k9p sends a UDP datagram');
    expect(told('RST ACK')).toBe('The Pod frontend-x2k9p sends an RST ACK');
    expect(told('FIN ACK')).toBe('The Pod frontend-x2k9p sends a FIN ACK');
    expect(told('SYN, sent again')).toBe('The Pod frontend-x2k9p sends the SYN again');
    expect(told('DNS A backend.default')).toBe(
      'The Pod frontend-x2k9p asks the Service backend, 10.96.42.10:80: what is the A record of backend.default?',
    );
  });

  it('speaks of the underlay as of one switch between machines', () => {
    expect(sentences(flow, 'SYN', 'receive')).toContain(
      'The packet reaches the switch of the underlay from worker-01.',
    );
    expect(sentences(flow, 'SYN', 'transmit')).toContain('The packet leaves the underlay for worker-02.');
  });

  it('gives a route its source only where the packet takes it', () => {
    const routes = sentences(flow, 'SYN', 'route');
    expect(routes[0]).toBe(
      'The Pod frontend-x2k9p looks up the route to the Service backend (10.96.42.10): out of eth0, next hop 10.244.1.1, with source 10.244.1.23.',
    );
    expect(routes.filter((text) => text.startsWith('br_netfilter'))).toEqual([
      'br_netfilter on worker-01 looks the new destination up at once: the Pod backend-r8m3q (10.244.2.47) is out of flannel.1, next hop 10.244.2.0.',
    ]);
    expect(routes).toContain(
      'worker-01 looks up the route to the Pod backend-r8m3q (10.244.2.47): out of flannel.1, next hop 10.244.2.0.',
    );
    expect(routes).toContain('The Pod backend-r8m3q finds that 10.244.2.47 is its own address.');
  });

  it('says whom IPVS gives a connection to, and why', () => {
    const [first] = flow.traces[0]!.hops[0]!.steps;
    const virtual = { address: ipAddress('10.96.42.10'), port: 80 };
    const server = { address: ipAddress('10.244.2.47'), port: 8080 };
    const base = { ...first!, netns: 'node/worker-01', hook: 'INPUT', type: 'ipvs', virtual } as const;
    const told = (
      rest: Partial<Extract<Step, { type: 'ipvs' }>> & { event: 'scheduled' | 'found' | 'refused' },
    ): string => narrate({ ...base, ...rest }, flow.traces[0]!, names);
    expect(told({ event: 'scheduled', scheduler: 'rr', among: 3, server })).toBe(
      'IPVS on worker-01 gives the new connection to 10.96.42.10:80 to the Pod backend-r8m3q (10.244.2.47:8080), whose turn it is by rr; there are 3 real servers.',
    );
    expect(told({ event: 'found', server })).toBe(
      'IPVS on worker-01 knows this connection to 10.96.42.10:80: its packets go to the Pod backend-r8m3q (10.244.2.47:8080).',
    );
    expect(told({ event: 'refused', scheduler: 'rr', among: 0 })).toBe(
      'IPVS on worker-01 has no real server for 10.96.42.10:80, so nobody takes the connection.',
    );
  });

  it('says who masquerades, and as what', () => {
    expect(sentences(outside, 'SYN', 'translate')[1]).toMatch(
      /^worker-01 masquerades the source: 192\.168\.1\.100:\d+ becomes worker-01's flannel\.1 address 10\.244\.1\.0:\d+\.$/,
    );
  });

  it('says why a packet was dropped and what its sender is told', () => {
    expect(sentences(refused, 'SYN', 'drop')[0]).toMatch(
      /^worker-01 drops the packet \(NETFILTER_DROP\): .*It tells the sender so by ICMP 3\/3\.$/,
    );
  });

  it('tells of every step of every kind plainly: one sentence or two, no exclamation marks, no holes', () => {
    fc.assert(
      fc.property(anyStep(['node/worker-01', 'pod/default/frontend-x2k9p', 'elsewhere'], ['eth0', 'cni0']), (step) => {
        const text = narrate(step, flow.traces[0]!, names);
        expect(text).toMatch(/^\S.*[.?]$/);
        expect(text).not.toMatch(/!|undefined|null|\[object|NaN| {2}/);
        expect(chipOf(step, names).text).not.toMatch(/!|undefined|null|\[object|NaN/);
      }),
      { numRuns: 400 },
    );
  });
});

describe('text', () => {
  it('is cut in the middle, never wider than its room', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.integer({ min: 12, max: 300 }), (text, width) => {
        const font = { family: 'words', size: 11 } as const;
        const fitted = fitText(text, width, font);
        expect(fitted === '…' || textWidth(fitted, font) <= width).toBe(true);
        if (textWidth(text, font) <= width) expect(fitted).toBe(text);
      }),
    );
    expect(fitText('frontend-6c8f7d9b5-x2k9p', 80, { family: 'terminal', size: 11 })).toBe('fronte…x2k9p');
  });

  it('calls times by their size', () => {
    expect([1_020_000_000, 3_400_000, 210_000].map(describeDuration)).toEqual(['1.02 s', '3.4 ms', '210 µs']);
  });
});
