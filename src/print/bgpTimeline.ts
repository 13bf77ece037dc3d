import type { BgpEvent, BgpHappening } from '../datamodel/bgp/event.ts';
import type { BgpDeed } from '../datamodel/bgp/operation.ts';
import { formatPrefix } from '../wire/address.ts';
import type { BgpMessage } from '../wire/bgp.ts';
import type { BgpNlri } from '../wire/bgpUpdate.ts';
import { printBgpKernelRoute } from './bgpKernelRoute.ts';
import { printAsPath } from './birdRoutes.ts';

export interface TimelineOptions {
  /** Nanoseconds of virtual time from which times are counted. */
  readonly from: number;
  /** Whether messages that announce nothing (OPEN, KEEPALIVE) are listed too. */
  readonly messages: boolean;
}

/** One line an event: seconds, who, and what happened there. */
export function printBgpTimeline(events: readonly BgpEvent[], options: TimelineOptions): readonly string[] {
  return events.flatMap(({ at, what }) => {
    const text = printBgpHappening(what, options.messages);
    if (text === undefined) return [];
    const speaker = 'speaker' in what ? what.speaker : '';
    return [`${((at - options.from) / 1e9).toFixed(6).padStart(11)}  ${speaker.padEnd(12)} ${text}`];
  });
}

/** What happened at a speaker, in a line; undefined for what says nothing new. */
export function printBgpHappening(what: BgpHappening, messages: boolean): string | undefined {
  switch (what.kind) {
    case 'deed':
      return `*** ${printBgpDeed(what.does)}`;
    case 'log':
      return `${what.protocol}: ${what.text}`;
    case 'session':
      // The log says it in BIRD's words.
      return undefined;
    case 'sent': {
      const text = printMessage(what.message, messages);
      return text && `${what.protocol}: sends ${text} to ${what.to}`;
    }
    case 'kernel': {
      const shown = what.route ?? what.old;
      const text =
        shown &&
        printBgpKernelRoute(shown)
          .map((line) => line.trim())
          .join(' ');
      return `kernel: ${what.route ? '' : 'Deleted '}${text ?? formatPrefix(what.destination)}`;
    }
  }
}

/** What was done, as one would say it. */
export function printBgpDeed(deed: BgpDeed): string {
  switch (deed.kind) {
    case 'start':
      return `BIRD is started on ${deed.speaker}`;
    case 'shutdown':
      return `birdc down on ${deed.speaker}`;
    case 'crash':
      return `kill -9 of BIRD on ${deed.speaker}`;
    case 'power-off':
      return `${deed.speaker} loses its power`;
    case 'power-on':
      return `${deed.speaker} has power again`;
    case 'interface-down':
      return `ip link set dev ${deed.interface} down on ${deed.speaker}`;
    case 'interface-up':
      return `ip link set dev ${deed.interface} up on ${deed.speaker}`;
    case 'link-down':
      return `link ${deed.link} is pulled`;
    case 'link-up':
      return `link ${deed.link} is plugged in again`;
    case 'drop':
      return `link ${deed.link}${deed.speaker === undefined ? '' : ` towards ${deed.speaker}`} drops everything silently`;
    case 'pass':
      return `link ${deed.link}${deed.speaker === undefined ? '' : ` towards ${deed.speaker}`} passes again`;
  }
}

function printMessage(message: BgpMessage, all: boolean): string | undefined {
  switch (message.type) {
    case 'UPDATE': {
      const { withdrawn, reachable, attributes } = message;
      if (withdrawn.length === 0 && reachable.length === 0) return all ? 'End-of-RIB' : undefined;
      const parts: string[] = [];
      if (withdrawn.length > 0) parts.push(`withdrawn ${prefixes(withdrawn)}`);
      if (reachable.length > 0)
        parts.push(`${prefixes(reachable)}, AS path ${printAsPath(attributes?.asPath ?? []) || 'empty'}`);
      return `UPDATE ${parts.join(', ')}`;
    }
    case 'NOTIFICATION':
      return `NOTIFICATION ${message.code}/${message.subcode}`;
    default:
      return all ? message.type : undefined;
  }
}

function prefixes(routes: readonly BgpNlri[]): string {
  return routes.map(({ prefix }) => formatPrefix(prefix)).join(' ');
}
