import type { IpvsConnection, IpvsEnd, IpvsScheduling } from '../../../datamodel/network/runtime.ts';
import type { EntryId } from '../../../datamodel/network/tables.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A connection of IPVS or a template while a run works on it (ip_vs_conn). Published when it changes. */
export interface LiveConnection extends Mutable<IpvsConnection> {
  /** Virtual nanoseconds that each use gives it. */
  timeout: number;
}

/** What a kernel's IPVS remembers. */
export interface IpvsState {
  /** Keyed by {@link clientKey} and, unless they are templates, {@link serverKey}. */
  readonly connections: Map<string, LiveConnection>;
  /** Keyed by the virtual server's id. */
  readonly scheduling: Map<EntryId, IpvsScheduling>;
}

/** How packets from the client find their connection (ip_vs_conn_in_get). */
export function clientKey(protocol: number, client: IpvsEnd, virtual: IpvsEnd): string {
  return `in ${protocol} ${endText(client)} ${endText(virtual)}`;
}

/** How packets from the real server find theirs (ip_vs_conn_out_get). */
export function serverKey(protocol: number, server: IpvsEnd, client: IpvsEnd): string {
  return `out ${protocol} ${endText(server)} ${endText(client)}`;
}

/** How a client's template is found, whatever port it speaks from (ip_vs_ct_in_get). */
export function templateKey(protocol: number, client: IpvsEnd, virtual: IpvsEnd): string {
  return `template ${protocol} ${client.address} ${endText(virtual)}`;
}

export function keysOf({ protocol, client, virtual, destination, template }: IpvsConnection): readonly string[] {
  if (template) return [templateKey(protocol, client, virtual)];
  return [clientKey(protocol, client, virtual), serverKey(protocol, destination, client)];
}

function endText({ address, port }: IpvsEnd): string {
  return `${address}:${port}`;
}
