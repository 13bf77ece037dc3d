import { describe, expect, it } from 'vitest';
import { readCapturedFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { labelWithTry, triesOf, tryWords } from './tries.ts';

function labelsOf(name: string): readonly string[] {
  const flow = readCapturedFlows().find((each) => each.name === name);
  if (!flow) throw new Error(`There is no flow ${name}`);
  const { conversation } = simulateCapturedFlow(flow);
  const tries = triesOf(conversation);
  return conversation.traces.filter(({ origin }) => origin.type !== 'copy').map((trace) => labelWithTry(trace, tries));
}

describe('tries', () => {
  it('count a SYN that nobody answers', () => {
    expect(labelsOf('07f_vxlan_nodeport_local_no_ep_iptables').filter((label) => label.startsWith('SYN'))).toEqual([
      'SYN',
      'SYN, 2nd try',
    ]);
  });

  it('count ARP questions that nobody answers', () => {
    expect(labelsOf('14_vxlan_no_such_pod').filter((label) => label.includes('10.244.1.77'))).toEqual([
      'ARP who-has 10.244.1.77',
      'ARP who-has 10.244.1.77, 2nd try',
      'ARP who-has 10.244.1.77, 3rd try',
    ]);
  });

  it('are not counted where everything is answered', () => {
    expect(labelsOf('05_vxlan_clusterip_cross_iptables').filter((label) => label.includes('try'))).toEqual([]);
    expect(labelsOf('02_vxlan_cross_node_icmp_cold').filter((label) => label.includes('try'))).toEqual([]);
  });

  it('are said as people say them', () => {
    expect([2, 3, 4, 11, 12, 13, 21, 22, 112].map(tryWords).join(' ')).toBe(
      '2nd try 3rd try 4th try 11th try 12th try 13th try 21st try 22nd try 112th try',
    );
  });
});
