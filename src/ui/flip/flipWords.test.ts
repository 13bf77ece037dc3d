import { expect, it } from 'vitest';
import type { ClusterSettings } from '../../datamodel/cluster/command.ts';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import { sampleSources } from '../../manifests/sample.ts';
import { createSimulation } from '../../sim/createSimulation.ts';
import { flipOf } from '../../store/news.ts';
import { flipText, flipTitle } from './flipWords.ts';

function view(settings: Partial<ClusterSettings>): ClusterView {
  const created = createSimulation(sampleSources(), settings);
  if (!created.ok) throw new Error(created.error[0]?.message);
  return created.value.cluster();
}

function told(from: Partial<ClusterSettings>, to: Partial<ClusterSettings>) {
  const flip = flipOf(view(from), view(to));
  return flip && { title: flipTitle(flip), text: flipText(flip) };
}

it('names the options of an underlay that another choice changed, and those alone', () => {
  const vpc = { underlay: 'cloud-vpc' } as const;
  expect(told(vpc, { ...vpc, underlayOptions: { sourceDestinationCheck: false } })?.title).toBe(
    'cloud VPC, source/destination check on → off: rebuilt',
  );
  const filtered = { underlay: 'filtered' } as const;
  const both = told(filtered, { ...filtered, underlayOptions: { mtu: 9001, passes: ['udp/8472', 'icmp'] } });
  expect(both?.title).toBe('filtered, NIC MTU 1500 → 9001, passes tcp icmp udp/53 → udp/8472 icmp: rebuilt');
  expect(both?.text).toMatch(/^The network was set up otherwise: /);
  expect(told({}, { underlayOptions: {} })).toBeUndefined();
  expect(told({}, vpc)?.title).toBe('L2 segment → cloud VPC: rebuilt');
});
