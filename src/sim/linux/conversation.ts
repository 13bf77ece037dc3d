import type { Flow } from '../../datamodel/flow/flow.ts';
import type { Outcome } from '../../datamodel/flow/trace.ts';
import type { IpAddress } from '../../wire/address.ts';
import type { Kernel, World } from './kernel.ts';
import { lateParts } from './lateParts.ts';
import type { ClientTask } from './program/client.ts';
import { PATIENCE, type Patience } from './program/pace.ts';
import { startTcp } from './program/tcpClient.ts';
import { sctpModule } from './sctp/module.ts';

export interface FlowResult {
  /** One per repeat; a single one when the name could not be resolved. */
  readonly outcomes: readonly Outcome[];
  /** The budget of events, steps or bytes was spent before everything had settled. */
  readonly budgetSpent: boolean;
}

/** Starts the flow's program in `from` and lets the world run until nothing but idle timers is left. */
export function runFlow(
  world: World,
  from: Kernel,
  flow: Flow,
  budget: number,
  patience: Patience = PATIENCE,
): FlowResult {
  const outcomes: Outcome[] = [];
  const start = (address: IpAddress): void =>
    startClient({ kernel: from, flow, address, patience, report: (outcome) => outcomes.push(outcome) });
  if (flow.to.type === 'address') start(flow.to.address);
  else {
    lateParts().resolveName(from, flow.to.name, (resolution) => {
      const [address] = resolution.type === 'found' ? resolution.addresses : [];
      if (address !== undefined) start(address);
      else if (resolution.type === 'failed') outcomes.push({ type: 'timeout', text: resolution.text });
      else outcomes.push({ type: 'no-such-name', text: 'Name or service not known' });
    });
  }
  const { recorder } = world;
  const { steps, bytes } = recordingLimit(flow);
  const budgetSpent = world.queue.run(budget, () => recorder.length > steps || recorder.bytes > bytes);
  if (outcomes.length === 0) outcomes.push({ type: 'timeout', text: 'the run was stopped before an answer came' });
  return { outcomes, budgetSpent };
}

/**
 * How much of a flow is written down before it is stopped with a word: several times what the largest clusters need for
 * what is sent, and little enough that packets going round in circles are noticed within a second.
 */
function recordingLimit({ repeat, payload }: Flow): { readonly steps: number; readonly bytes: number } {
  return {
    steps: 60_000 + repeat * (1_000 + payload / 8),
    bytes: 32 * 2 ** 20 + repeat * payload * 64,
  };
}

function startClient(task: ClientTask): void {
  switch (task.flow.as) {
    case 'ping':
      lateParts().startPing(task);
      return;
    case 'udp':
      lateParts().startUdp(task);
      return;
    case 'sctp': {
      const sctp = sctpModule();
      if (sctp) sctp.startClient(task);
      else task.report({ type: 'unreachable', text: 'Protocol not supported' });
      return;
    }
    case 'tcp':
    case 'http':
      startTcp(task);
      return;
  }
}
