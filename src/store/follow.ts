import type { Trace } from '../datamodel/flow/trace.ts';

/** Names and neighbours are asked for, and segments acknowledged, beside the request itself. */
export function isAside(trace: Trace): boolean {
  return trace.role === 'control' || trace.exchange === 'dns' || trace.label === 'ACK' || /^FIN\b/.test(trace.label);
}
