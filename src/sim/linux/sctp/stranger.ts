import {
  plainChunk,
  readInit,
  SCTP_REFLECTED_TAG,
  type SctpChunk,
  SctpChunkType,
  type SctpPacket,
} from '../../../wire/sctpChunk.ts';
import type { Kernel } from '../kernel.ts';
import type { Skb } from '../skb.ts';
import { drop } from '../socket/record.ts';
import { type SctpPath, sendChunks } from './packets.ts';

const SILENT: readonly number[] = [
  SctpChunkType.abort,
  SctpChunkType.shutdownComplete,
  SctpChunkType.cookieAck,
  SctpChunkType.error,
];

/**
 * A packet that belongs to no association and no socket (RFC 9260 section 8.4): its sender is told by an ABORT that there is
 * none, or by a SHUTDOWN COMPLETE that it is over.
 */
export function answerStranger(
  kernel: Kernel,
  skb: Skb,
  { chunks, verificationTag, destinationPort }: SctpPacket,
  path: Omit<SctpPath, 'tag'>,
): void {
  drop(kernel, skb, 'NO_SOCKET', `no SCTP association or listener on port ${destinationPort} takes the packet`);
  if (chunks.some(({ type }) => SILENT.includes(type))) return;
  const [first] = chunks;
  const init = first?.type === SctpChunkType.init ? readInit(first) : undefined;
  const answer = (chunk: SctpChunk, tag: number): void => {
    sendChunks(kernel, { ...path, tag }, [chunk], skb, { by: 'kernel' });
  };
  if (init) answer(plainChunk(SctpChunkType.abort), init.tag);
  else if (chunks.some(({ type }) => type === SctpChunkType.shutdownAck))
    answer(plainChunk(SctpChunkType.shutdownComplete, SCTP_REFLECTED_TAG), verificationTag);
  else answer(plainChunk(SctpChunkType.abort, SCTP_REFLECTED_TAG), verificationTag);
}
