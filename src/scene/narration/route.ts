import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Step } from '../../datamodel/flow/step.ts';
import { called, type Names } from '../names.ts';

/** Which way a table sends a packet. */
export function routeSentence(step: Extract<Step, { type: 'route' }>, here: string, names: Names): string {
  const target = called(names, step.destination);
  switch (step.result) {
    case 'none':
      return `${here} has no route to ${target}`;
    case 'local':
      return `${here} finds that ${step.destination} is its own address`;
    case 'blackhole':
    case 'unreachable':
    case 'prohibit':
      return `The route of ${here} for ${target} is of type ${step.result}`;
    case 'broadcast':
      return `${here} finds that ${target} is a broadcast address of ${step.dev ?? 'its network'}`;
    case 'unicast': {
      const via = step.via === undefined ? ', directly' : `, next hop ${step.via}`;
      const way = `out of ${step.dev ?? 'a device'}${via}`;
      if (step.pass === 'bridge')
        return `br_netfilter on ${here} looks the new destination up at once: ${target} is ${way}`;
      // a packet that is only passed on keeps its source, whatever address the route would give
      const source = step.source === undefined || step.purpose === 'input' ? '' : `, with source ${step.source}`;
      return `${here} looks up the route to ${target}: ${way}${source}`;
    }
    default:
      return assertUnreachable(step.result);
  }
}
