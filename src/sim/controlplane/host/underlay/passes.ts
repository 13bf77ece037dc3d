import { err, ok, type Result } from '../../../../base/result.ts';
import type { Match, TransportName } from '../../../../datamodel/network/netfilter.ts';
import { protocol, transportPorts } from '../../netfilter/match.ts';

const TRANSPORTS: ReadonlySet<string> = new Set<TransportName>(['tcp', 'udp', 'sctp']);
const MOST_PORT = 65_535;
const MOST_PROTOCOL = 255;
const EXPECTED = 'expected tcp, udp, sctp, icmp or a protocol’s number, and of the first three a port or range: udp/53';

/** Reads `tcp`, `udp/53`, `udp/1024-65535`, `icmp`, `4` as what a rule matches. */
export function readPass(text: string): Result<readonly Match[], string> {
  const [, name = '', from, to = from] = /^([a-z0-9]{1,8})(?:\/(\d{1,5})(?:-(\d{1,5}))?)?$/.exec(text.trim()) ?? [];
  const wrong = err(`"${text}" is nothing that a network could pass: ${EXPECTED}`);
  const match = matchOf(name);
  if (match === undefined) return wrong;
  if (from === undefined) return ok([match]);
  if (!isTransport(name)) return wrong;
  const ports = { from: Number(from), to: Number(to) };
  return ports.from <= ports.to && ports.to <= MOST_PORT ? ok([match, transportPorts(name, ports)]) : wrong;
}

function matchOf(name: string): Match | undefined {
  if (isTransport(name) || name === 'icmp') return protocol(name);
  const number = /^\d{1,3}$/.test(name) ? Number(name) : Number.NaN;
  return number >= 1 && number <= MOST_PROTOCOL ? protocol(number) : undefined;
}

function isTransport(name: string): name is TransportName {
  return TRANSPORTS.has(name);
}
