import { assertUnreachable } from '../../../../base/assertUnreachable.ts';
import type { NftAction, NftVerdict } from '../../../../datamodel/network/nftables.ts';

/** A verdict in the words of nft. */
export function verdictText(verdict: NftVerdict): string {
  return 'chain' in verdict ? `${verdict.type} ${verdict.chain}` : verdict.type;
}

const OPERATORS = { or: '|', xor: '^', and: '&' } as const;

/** What a statement does, for a step's outcome. */
export function actionText(action: Exclude<NftAction, { readonly type: 'vmap' | 'numgen' | 'verdict' }>): string {
  switch (action.type) {
    case 'setMark':
      return `mark set mark ${OPERATORS[action.operation]} 0x${action.value.toString(16)}`;
    case 'update':
      return `update @${action.set}`;
    case 'dnat':
      return `dnat to ${action.address.includes(':') ? `[${action.address}]` : action.address}:${action.port}`;
    case 'masquerade':
      return action.fullyRandom ? 'masquerade fully-random' : 'masquerade';
    case 'reject':
      return 'reject';
    default:
      return assertUnreachable(action);
  }
}
