/** Why a session is not up, as BIRD remembers it (`BE_*` of proto/bgp/bgp.h). */
export type SessionError =
  | { readonly class: 'misc'; readonly text: 'Neighbor lost' | 'Link down' | 'Graceful restart' }
  /** Without a reason the connection was closed in good order. */
  | { readonly class: 'socket'; readonly reason?: string }
  | { readonly class: 'received' | 'sent'; readonly code: number; readonly subcode: number }
  /** Somebody wanted it so, which BIRD shows no reason for. */
  | { readonly class: 'manual' };

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '1/1': 'Connection not synchronized',
  '1/2': 'Bad message length',
  '1/3': 'Bad message type',
  '2/2': 'Bad peer AS',
  '2/3': 'Bad BGP identifier',
  '2/6': 'Unacceptable hold time',
  '4/0': 'Hold timer expired',
  '5/0': 'Finite state machine error',
  '5/1': 'Unexpected message in OpenSent state',
  '5/2': 'Unexpected message in OpenConfirm state',
  '5/3': 'Unexpected message in Established state',
  '6/0': 'Cease',
  '6/2': 'Administrative shutdown',
  '6/7': 'Connection collision resolution',
};

/** As `birdc show protocols` words it behind the session's state. */
export function describeError(error: SessionError): string | undefined {
  switch (error.class) {
    case 'misc':
      return `Error: ${error.text}`;
    case 'socket':
      return `Socket: ${error.reason ?? 'Connection closed'}`;
    case 'received':
      return `Received: ${describeCode(error.code, error.subcode)}`;
    case 'sent':
      return `BGP Error: ${describeCode(error.code, error.subcode)}`;
    case 'manual':
      return undefined;
  }
}

/** What a NOTIFICATION says. */
export function describeCode(code: number, subcode: number): string {
  return DESCRIPTIONS[`${code}/${subcode}`] ?? `Unknown ${code}.${subcode}`;
}
