import type { Applied } from '../../datamodel/cluster/answer.ts';
import type { Moment } from '../../datamodel/cluster/command.ts';
import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { ipAddress } from '../../wire/address.ts';
import type { Simulation } from '../simulation.ts';

/** The sample's request: frontend on worker-01 to the backend Service, answered on worker-02. */
export function sampleRequest(simulation: Simulation, rest: Partial<Flow> = {}): Flow {
  const from = simulation.resolve('deploy/default/frontend', 'from');
  if (!from.ok || from.netns === undefined) throw new Error('the sample has no frontend');
  return {
    from: from.netns,
    to: { type: 'address', address: ipAddress('10.96.42.10') },
    port: 80,
    as: 'http',
    payload: 0,
    repeat: 1,
    warm: true,
    pick: { address: ipAddress('10.244.2.47'), port: 8080 },
    ...rest,
  };
}

/** All steps in the order in which they happened. */
export function stepsInOrder(conversation: Conversation): readonly Step[] {
  return conversation.traces
    .flatMap((trace) => trace.hops.flatMap((hop): readonly Step[] => hop.steps))
    .sort((a, b) => a.id - b.id);
}

/** Runs a command line. @throws Error when it is refused. */
export function exec(
  simulation: Simulation,
  netns: string,
  line: string,
  at?: Moment,
): Extract<Applied, { readonly ok: true }> {
  const applied = simulation.apply({ type: 'exec', netns, line, ...(at && { at }) });
  if (!applied.ok) throw new Error(`${line}: ${applied.output?.errors}`);
  return applied;
}
