import { IpProtocol } from '../../../../wire/ipv4.ts';
import { emitTcp, TcpFlag } from '../../../../wire/tcp.ts';
import type { SocketRefusal } from '../../ebpf/socketTranslation.ts';
import type { Kernel, SocketEnd } from '../../kernel.ts';
import { defaultTtl, refuseByProgram } from '../send.ts';
import type { SocketOptions } from '../udp.ts';

/** Writes down a connect() that a program of the cgroup let fail, as the SYN that there would have been. */
export function refuseConnect(
  kernel: Kernel,
  asked: SocketEnd,
  options: SocketOptions,
  { refused }: SocketRefusal,
): void {
  const { recorder } = kernel.world;
  const found = kernel.stack.routeOutput(kernel, { destination: asked.address, source: options.bind });
  const source = options.bind ?? (found.ok ? found.route.source : undefined) ?? asked.address;
  const addresses = { source, destination: asked.address };
  const ports = { sourcePort: options.sourcePort ?? 0, destinationPort: asked.port };
  const fields = { ...ports, sequence: 0, acknowledgement: 0, flags: TcpFlag.syn, window: 0, options: [] };
  const label = 'connect()';
  const packet = {
    by: 'socket',
    what: label,
    trace: recorder.begin({ origin: { type: 'flow' }, label, role: 'forward', exchange: options.exchange }),
    protocol: IpProtocol.tcp,
    ...addresses,
    payload: emitTcp(fields, undefined, addresses),
    identification: 0,
    dontFragment: true,
    ttl: options.ttl ?? defaultTtl(kernel),
    tos: options.tos ?? 0,
  } as const;
  refuseByProgram(kernel, packet, refused);
}
