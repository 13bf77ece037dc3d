import type { BgpProtocolState, BgpSpeakerState } from '../datamodel/bgp/state.ts';
import { printBirdTime } from './birdTime.ts';

/** `birdc show protocols`, laid out as nest/proto.c does, its spaces at the end of lines included. */
export function printBirdProtocols({ protocols }: BgpSpeakerState): readonly string[] {
  const head = columns(['Name', 'Proto', 'Table', 'State', 'Since', 'Info']);
  return [head, ...protocols.map(printProtocol)];
}

function printProtocol(protocol: BgpProtocolState): string {
  const { name, table = '---', state, since, session } = protocol;
  return columns([name, protocol.protocol, table, state, printBirdTime(since), session ? printSession(session) : '']);
}

function printSession({ state, lastError = '' }: NonNullable<BgpProtocolState['session']>): string {
  return state === 'Down' ? lastError : `${state.padEnd(14)}${lastError}`;
}

function columns([name = '', protocol = '', table = '', state = '', since = '', info = '']: readonly string[]): string {
  return [name.padEnd(10), protocol.padEnd(10), table.padEnd(10), state.padEnd(6), since.padEnd(12), ` ${info}`].join(
    ' ',
  );
}
