import type { IpAddress, MacAddress } from '../../../../wire/address.ts';
import type { NetnsParts } from '../../netnsParts.ts';

/** What a CNI's agent on a node, or its datastore, answers a plugin that asks for a container. */
export type AgentAnswer =
  | {
      readonly ok: true;
      readonly address: IpAddress;
      /** Length of the block that the address is of. */
      readonly blockLength: number;
      /** What a Pod sends everything to. */
      readonly gateway: IpAddress;
      readonly hostVeth: { readonly name: string; readonly mac: MacAddress };
      readonly podMac: MacAddress;
      /** What the plugin is to write into both namespaces. */
      readonly host: NetnsParts;
      readonly pod: NetnsParts;
    }
  /** In the words in which the plugin reports it. */
  | { readonly ok: false; readonly error: string };
