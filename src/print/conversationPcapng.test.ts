import { beforeAll, describe, expect, it } from 'vitest';
import type { ClusterView } from '../datamodel/cluster/view.ts';
import type { Conversation } from '../datamodel/flow/trace.ts';
import { readCapturedFlows, simulateCapturedFlow } from '../sim/captured/capturedFlow.ts';
import { parsePcapng } from '../wire/pcapng.ts';
import { framesAtInterfaces, interfaceName } from './captureInterfaces.ts';
import { conversationPcapng } from './conversationPcapng.ts';

let conversation: Conversation;
let cluster: ClusterView;

beforeAll(() => {
  const flow = readCapturedFlows().find(({ name }) => name === '09_mtu_all_udp_nodf');
  if (!flow) throw new Error('there is no such flow');
  ({ conversation, cluster } = simulateCapturedFlow(flow));
});

describe('a conversation as pcapng', () => {
  it('has every frame of every interface, in order, with its time and direction', () => {
    const { interfaces, packets } = parsePcapng(conversationPcapng(conversation, cluster));
    expect(interfaces.map(({ name }) => name)).toEqual([...framesAtInterfaces(conversation).keys()]);
    expect(packets.map((packet) => ({ ...packet, interface: interfaces[packet.interface]?.name }))).toEqual(
      conversation.captures.map((capture) => ({
        interface: interfaceName(capture),
        timeNanoseconds: capture.time,
        direction: capture.direction,
        bytes: capture.bytes,
      })),
    );
  });

  it('knows the MTU of what it was captured at', () => {
    const { interfaces } = parsePcapng(conversationPcapng(conversation, cluster));
    expect(interfaces.find(({ name }) => name === 'node/node1/flannel.1')?.mtu).toBe(1450);
  });

  it('leaves out all but the chosen interfaces, and describes one that saw nothing', () => {
    const chosen = ['node/node3/eth0', 'node/node1/flannel.1'];
    const { interfaces, packets } = parsePcapng(conversationPcapng(conversation, cluster, { interfaces: chosen }));
    expect(interfaces.map(({ name }) => name).toSorted()).toEqual(chosen.toSorted());
    const expected = conversation.captures.filter((capture) => interfaceName(capture) === 'node/node1/flannel.1');
    expect(expected.length).toBeGreaterThan(0);
    expect(packets.map(({ bytes }) => bytes)).toEqual(expected.map(({ bytes }) => bytes));
  });

  it('begins and ends with the steps it is given, both included', () => {
    const { captures } = conversation;
    const [from, to] = [captures[3]!.step, captures[9]!.step];
    const { packets } = parsePcapng(conversationPcapng(conversation, cluster, { fromStep: from, toStep: to }));
    expect(packets.length).toBeLessThan(captures.length);
    expect(packets.map(({ bytes }) => bytes)).toEqual(
      captures.filter(({ step }) => step >= from && step <= to).map(({ bytes }) => bytes),
    );
    expect(packets.length).toBeGreaterThanOrEqual(7);
  });
});
