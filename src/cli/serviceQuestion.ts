import { err, ok, type Result } from '../base/result.ts';
import type { ServiceQuestion } from '../datamodel/cluster/serviceProbe.ts';
import type { TransportName } from '../datamodel/network/netfilter.ts';
import { parseIpAddress } from '../wire/address.ts';
import { endpoint } from './options.ts';

const PROTOCOLS: readonly TransportName[] = ['tcp', 'udp', 'sctp'];

/** Reads one line of `service --batch`: a JSON object with `node`, `from`, `to` (`IP:PORT`) and perhaps `protocol`. */
export function readServiceQuestion(line: string): Result<ServiceQuestion, string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return err((error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err('Expected a JSON object.');
  const { node, from, to, protocol = 'tcp' } = value as Readonly<Record<string, unknown>>;
  if (typeof node !== 'string') return err('node: expected the name of a node.');
  const source = typeof from === 'string' ? parseIpAddress(from) : undefined;
  if (source === undefined) return err('from: expected an IP address.');
  const name = typeof protocol === 'string' ? protocol.toLowerCase() : protocol;
  const transport = PROTOCOLS.find((candidate) => candidate === name);
  if (transport === undefined) return err(`protocol: expected one of ${PROTOCOLS.join(', ')}.`);
  try {
    if (typeof to !== 'string') return err('to: expected ADDRESS:PORT.');
    return ok({ node, from: source, to: endpoint(to), protocol: transport });
  } catch (error) {
    return err(`to: ${(error as Error).message}`);
  }
}
