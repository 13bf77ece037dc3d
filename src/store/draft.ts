import type { ResolvedReference } from '../datamodel/cluster/answer.ts';
import type { Flow, TrafficKind } from '../datamodel/flow/flow.ts';
import { parseIpAddress } from '../wire/address.ts';

/** What the composer's fields say, as typed. */
export interface Draft {
  readonly from: string;
  readonly to: string;
  readonly as: TrafficKind;
  /** Empty: the first that the destination offers. */
  readonly port: string;
  readonly payload: string;
  readonly unit: 'B' | 'kB';
  readonly pathMtuDiscovery: 'default' | 'do' | 'dont';
  readonly ttl: string;
  readonly sourcePort: string;
  readonly repeat: string;
  readonly warm: boolean;
  /** `address:port` of the endpoint that the coin shall choose; empty: chance. */
  readonly pick: string;
}

export type DraftField = 'from' | 'to' | 'port' | 'payload' | 'ttl' | 'sourcePort' | 'repeat';

/** What is wrong with a draft, field by field, and what would be right. */
export type DraftProblems = Readonly<Partial<Record<DraftField, string>>>;

export type DraftReading =
  | { readonly ok: true; readonly flow: Flow }
  | { readonly ok: false; readonly problems: DraftProblems };

export const EMPTY_DRAFT: Draft = {
  from: '',
  to: '',
  as: 'http',
  port: '',
  payload: '0',
  unit: 'B',
  pathMtuDiscovery: 'default',
  ttl: '',
  sourcePort: '',
  repeat: '1',
  warm: true,
  pick: '',
};

/** Most that a UDP datagram and an ICMP echo carry over IPv4. */
const MOST_DATAGRAM = 65_507;
const MOST_STREAM = 1_000_000;
export const MOST_REPEATS = 100;
const TYPED_PORT = /:(\d+)$/;

/** Makes a flow of what was typed and what the simulation made of both ends. Numbers are checked here, names were there. */
export function readDraft(draft: Draft, from: ResolvedReference, to: ResolvedReference): DraftReading {
  const problems: Partial<Record<DraftField, string>> = {};
  if (!from.ok) problems.from = from.message;
  else if (from.netns === undefined)
    problems.from = `${from.label} cannot send: choose a Pod, a node or a host outside`;
  if (!to.ok) problems.to = to.message;
  const number = (field: DraftField, text: string, least: number, most: number): number | undefined => {
    const value = readWhole(text);
    if (value !== undefined && value >= least && value <= most) return value;
    problems[field] = `Expected a whole number from ${least} to ${most.toLocaleString('en-US')}`;
    return undefined;
  };
  const port = readPort(draft, to, problems);
  const scale = draft.unit === 'kB' ? 1000 : 1;
  const mostPayload = draft.as === 'udp' || draft.as === 'ping' || draft.as === 'sctp' ? MOST_DATAGRAM : MOST_STREAM;
  const amount = number('payload', draft.payload === '' ? '0' : draft.payload, 0, Math.floor(mostPayload / scale));
  const ttl = draft.ttl === '' ? undefined : number('ttl', draft.ttl, 1, 255);
  const sourcePort = draft.sourcePort === '' ? undefined : number('sourcePort', draft.sourcePort, 1, 65_535);
  const repeat = number('repeat', draft.repeat === '' ? '1' : draft.repeat, 1, MOST_REPEATS);
  if (!from.ok || from.netns === undefined || !to.ok || amount === undefined || repeat === undefined) {
    return { ok: false, problems };
  }
  if (Object.keys(problems).length > 0) return { ok: false, problems };
  const pick = readEndpoint(draft.pick);
  return {
    ok: true,
    flow: {
      from: from.netns,
      to: to.to,
      as: draft.as,
      payload: amount * scale,
      repeat,
      warm: draft.warm,
      ...(draft.as !== 'ping' && port !== undefined && { port }),
      ...(draft.pathMtuDiscovery !== 'default' && { pathMtuDiscovery: draft.pathMtuDiscovery }),
      ...(ttl !== undefined && { ttl }),
      ...(draft.as !== 'ping' && sourcePort !== undefined && { sourcePort }),
      ...(pick && { pick }),
    },
  };
}

function readPort(
  draft: Draft,
  to: ResolvedReference,
  problems: Partial<Record<DraftField, string>>,
): number | undefined {
  if (draft.as === 'ping' || !to.ok) return undefined;
  if (draft.port === '') {
    if (to.port === undefined) problems.port = `${to.label} names no port: type one, such as 80`;
    return to.port;
  }
  const port = readWhole(draft.port);
  if (port === undefined || port < 1 || port > 65_535) {
    problems.port = 'Expected a port from 1 to 65535';
    return undefined;
  }
  const typed = TYPED_PORT.exec(draft.to)?.[1];
  const inTo = typed !== undefined && parseIpAddress(draft.to) === undefined ? Number(typed) : undefined;
  if (inTo !== undefined && inTo !== port) {
    problems.port = `The destination already says port ${inTo}: leave this empty or make them equal`;
    return undefined;
  }
  return port;
}

function readWhole(text: string): number | undefined {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : undefined;
}

/** `10.244.2.47:8080` or `[fd00::1]:80`. @returns undefined for anything else. */
export function readEndpoint(text: string): Flow['pick'] {
  const match = /^\[?(.+?)\]?:(\d+)$/.exec(text);
  const address = parseIpAddress(match?.[1] ?? '');
  return address === undefined ? undefined : { address, port: Number(match?.[2]) };
}
