import { assertUnreachable } from '../../base/assertUnreachable.ts';
import type { Disposition } from '../../datamodel/flow/trace.ts';

/** How a packet ended, in a word or two. */
export function endOf(disposition: Disposition): { readonly text: string; readonly tone: 'ok' | 'drop' | 'quiet' } {
  switch (disposition.type) {
    case 'delivered':
      return { text: 'delivered', tone: 'ok' };
    case 'dropped':
      return { text: disposition.reason, tone: 'drop' };
    case 'split':
      return { text: `became ${disposition.into}`, tone: 'quiet' };
    case 'merged':
      return { text: 'put together', tone: 'quiet' };
    case 'ignored':
      return { text: 'ignored', tone: 'quiet' };
    case 'unfinished':
      return { text: 'unfinished', tone: 'drop' };
    default:
      return assertUnreachable(disposition);
  }
}
