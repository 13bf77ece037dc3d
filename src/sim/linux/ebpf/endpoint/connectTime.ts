import type { StepDetail } from '../../../../datamodel/flow/step.ts';
import type { CgroupProgram } from '../../../../datamodel/network/ebpf.ts';
import type { IpAddress } from '../../../../wire/address.ts';
import type { Kernel, SocketEnd } from '../../kernel.ts';
import type { SocketRefusal, SocketTranslation } from '../socketTranslation.ts';
import { frontendEntry } from './entries.ts';
import { natLookup } from './natLookup.ts';

/** Whoever asks: the programs do not know which address the socket will have. */
const ANYBODY = '0.0.0.0' as IpAddress;

/**
 * What connect() to a service becomes (Felix: bpf-gpl/connect.h, do_nat_common): one of its backends, for those protocols that are not
 * left to the programs at the cables.
 */
export function connectTime(
  kernel: Kernel,
  { name, hook, protocols, paths }: Extract<CgroupProgram, { readonly type: 'connectTime' }>,
  protocol: 'tcp' | 'udp',
  remote: SocketEnd,
): SocketTranslation | SocketRefusal | undefined {
  if (!protocols.includes(protocol)) return undefined;
  const counts = { lookups: 0 };
  const query = { source: ANYBODY, destination: remote, protocol, anyNode: true, fromTunnel: false, fromDevice: false };
  const answer = natLookup(kernel, paths, { ...query, flow: `${kernel.id} ${protocol}` }, counts);
  if (!answer || answer.type === 'forbidden') return undefined;
  const { frontend } = answer;
  const before = endText(remote);
  const base: Omit<Extract<StepDetail, { readonly type: 'program' }>, 'action'> = {
    type: 'program',
    attach: hook,
    name,
    service: frontend.id,
    lookups: counts.lookups,
  };
  if (answer.type === 'noBackend') {
    const detail = {
      ...base,
      action: 'refuse',
      socket: { before, after: before },
      note: 'the service has no backend: EPERM',
    } as const;
    return { refused: { detail, entry: frontendEntry(kernel, frontend) }, error: 'EPERM' };
  }
  const { address, port } = answer.backend;
  const socket = { before, after: endText(answer.backend) };
  const note = {
    detail: { ...base, action: 'translate', socket } as const,
    entry: frontendEntry(kernel, frontend, answer.ordinal),
  };
  return { asked: remote, backend: { address, port }, reverseNat: frontend.service, note };
}

function endText({ address, port }: SocketEnd): string {
  return `${address}:${port}`;
}
