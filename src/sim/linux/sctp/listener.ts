import { chance } from '../../../base/chance.ts';
import type { Listener } from '../../../datamodel/network/listener.ts';
import { Ipv4View } from '../../../wire/ipv4.ts';
import { initChunk, readInit, type SctpChunk, SctpChunkType } from '../../../wire/sctpChunk.ts';
import type { Kernel, Socket, SocketEnd } from '../kernel.ts';
import { THINKING_TIME } from '../program/pace.ts';
import type { Skb } from '../skb.ts';
import { deliver, drop } from '../socket/record.ts';
import { Association, STREAMS, WINDOW } from './association.ts';
import { makeCookie, readCookie } from './cookie.ts';
import { packetOf, sendChunks } from './packets.ts';
import { answerStranger } from './stranger.ts';

/** What a server says to one message of a client. */
export type Answer = (message: Uint8Array, from: SocketEnd) => Uint8Array;

/** A socket that waits for associations: it answers INITs without remembering them, and believes cookies of its own. */
export class SctpListener implements Socket {
  private readonly kernel: Kernel;
  private readonly listener: Listener;
  private readonly name: string;
  private readonly answer: Answer;
  private inits = 0;

  constructor(kernel: Kernel, listener: Listener, name: string, answer: Answer) {
    this.kernel = kernel;
    this.listener = listener;
    this.name = name;
    this.answer = answer;
  }

  receive(skb: Skb): void {
    const { kernel } = this;
    const packet = packetOf(skb);
    const [first] = packet?.chunks ?? [];
    if (packet === undefined || first === undefined) return;
    const ip = new Ipv4View(skb.bytes, skb.networkOffset);
    const local: SocketEnd = { address: ip.destination, port: packet.destinationPort };
    const remote: SocketEnd = { address: ip.source, port: packet.sourcePort };
    if (first.type === SctpChunkType.init && packet.verificationTag === 0) {
      this.deliver(skb);
      this.answerInit(skb, first, local, remote);
    } else if (first.type === SctpChunkType.cookieEcho) {
      const agreed = readCookie(kernel, first.value, remote, local.port);
      if (agreed === undefined || agreed.ownTag !== packet.verificationTag) {
        drop(kernel, skb, 'NOT_SPECIFIED', 'the cookie is too old, or was not made here');
        return;
      }
      this.deliver(skb);
      const association: Association = new Association(
        kernel,
        { local, remote },
        {},
        {
          connected: () => {},
          message: (bytes) =>
            kernel.world.queue.schedule(THINKING_TIME, () => association.send(this.answer(bytes, remote))),
          ended: () => {},
          failed: () => {},
        },
        agreed,
        { name: this.name, agreed, onClosed: () => kernel.sockets.disconnect('sctp', local, remote) },
      );
      kernel.sockets.connect('sctp', local, remote, association);
      association.acknowledgeCookie(skb);
    } else answerStranger(kernel, skb, packet, { local, remote });
  }

  /** Who listens is told by its associations. */
  error(): void {}

  private answerInit(skb: Skb, chunk: SctpChunk, local: SocketEnd, remote: SocketEnd): void {
    const { kernel } = this;
    const init = readInit(chunk);
    if (init === undefined || init.tag === 0) return;
    const { seed } = kernel.world;
    const draw = (what: string): number =>
      chance(seed, what, kernel.id, local.port, remote.address, remote.port, this.inits) || 1;
    this.inits++;
    const [tag, tsn] = [draw('sctp tag'), draw('sctp tsn')];
    const agreed = { ownTag: tag, ownTsn: tsn, peerTag: init.tag, peerTsn: init.tsn, peerWindow: init.window };
    const cookie = makeCookie(kernel, agreed, remote, local.port);
    const answer = initChunk(SctpChunkType.initAck, { tag, window: WINDOW, ...STREAMS, tsn, cookie });
    sendChunks(kernel, { local, remote, tag: init.tag }, [answer], skb);
  }

  private deliver(skb: Skb): void {
    const { kernel, listener, name } = this;
    deliver(kernel, skb, 'socket', name, { netns: kernel.id, table: 'listener', id: listener.id });
  }
}
