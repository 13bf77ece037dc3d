import type { PodDraft } from '../podDraft.ts';

/** A port of the node that a Pod takes. */
export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  readonly ip: string;
}

const ANY = '0.0.0.0';

/** The node's ports that a Pod takes; with hostNetwork every declared port is one. Init containers are over by then. */
export function hostPortsOf({ spec }: PodDraft): readonly HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...(spec.containers ?? [])]
    .flatMap(({ ports = [] }) => ports)
    .map(({ protocol, hostPort, containerPort, hostIP }) => ({
      protocol: protocol || 'TCP',
      port: hostPort || (spec.hostNetwork === true ? (containerPort ?? 0) : 0),
      ip: hostIP || ANY,
    }))
    .filter(({ port }) => port > 0);
}

/** Two sockets collide on one port of one protocol unless both are bound to addresses, and to different ones. */
export function collides(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === ANY || b.ip === ANY || a.ip === b.ip);
}
