import type { Pod } from '../../../datamodel/kubernetes/pod.ts';
import type { DnsZone, Listener, Program } from '../../../datamodel/network/listener.ts';

/** A DNS server in a Pod: its port for UDP and what it answers. */
export interface DnsServer {
  readonly port: number;
  readonly zone: DnsZone;
}

const TRANSPORT = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/**
 * The sockets that a Pod's containers wait at: a server that says who it is on every port the Pod listens on, and on a
 * cluster DNS Pod the DNS server. Pods that are not running have none.
 */
export function podListeners(pod: Pod, dns: DnsServer | undefined): readonly Listener[] {
  if (pod.phase !== 'Running') return [];
  const ports = new Map<string, Listener>();
  const { namespace, name } = pod.metadata;
  const listen = (protocol: Listener['protocol'], port: number, program: Program): void => {
    const id = `${protocol}/${port}/${namespace}/${name}`;
    ports.set(id, { id, owner: `${namespace}/${name}`, protocol, port, program });
  };
  for (const { protocol, port } of pod.listens) {
    listen(TRANSPORT[protocol], port, { type: 'identify', name });
  }
  if (dns) {
    for (const protocol of ['tcp', 'udp'] as const) listen(protocol, dns.port, { type: 'dns', zone: dns.zone });
  }
  return [...ports.values()];
}
