import { expect } from 'vitest';
import type { PodView } from '../../datamodel/cluster/view.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import type { Simulation } from '../simulation.ts';
import { conversationProblems } from './traceProblems.ts';

/** Sends one request, which has to obey all rules that hold for traces. @param to as a person would write it. */
export function ask(simulation: Simulation, from: string, to: string, as: 'ping' | 'http' = 'ping'): Conversation {
  const target = simulation.resolve(to, 'to');
  if (!target.ok) throw new Error(target.message);
  const { port } = target;
  const flow = { from, to: target.to, as, ...(port !== undefined && { port }), payload: 56, repeat: 1, warm: false };
  const conversation = simulation.send(flow);
  expect(conversationProblems(conversation)).toEqual([]);
  return conversation;
}

/** Pods with networks of their own. */
export function ownPods(simulation: Simulation): readonly PodView[] {
  return simulation.cluster().pods.filter(({ hostNetwork, address }) => !hostNetwork && address !== undefined);
}

/** The first Pod with a network of its own, and the last one on another node. */
export function farPods(simulation: Simulation): { readonly first: PodView; readonly far: PodView } {
  const pods = ownPods(simulation);
  const [first] = pods;
  const far = pods.findLast(({ node }) => node !== first?.node);
  if (!first || !far) throw new Error('The cluster has Pods on one node only');
  return { first, far };
}
