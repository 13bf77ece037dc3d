/** What somebody does to speakers and links, at a moment of virtual time in seconds. */
export interface BgpOperation {
  readonly at: number;
  readonly does: BgpDeed;
}

export type BgpDeed =
  /** BIRD is started. */
  | { readonly kind: 'start'; readonly speaker: string }
  /** `birdc down`: BIRD says why and leaves its kernel routes (`persist`). */
  | { readonly kind: 'shutdown'; readonly speaker: string }
  /** `kill -9`: the kernel closes what BIRD had open. */
  | { readonly kind: 'crash'; readonly speaker: string }
  /** The whole machine loses its power, or gets it back and starts anew. */
  | { readonly kind: 'power-off' | 'power-on'; readonly speaker: string }
  /** `ip link set dev INTERFACE down` or `up` there. */
  | { readonly kind: 'interface-down' | 'interface-up'; readonly speaker: string; readonly interface: string }
  /** The link is pulled, which every end sees, and put in again. */
  | { readonly kind: 'link-down' | 'link-up'; readonly link: string }
  /** A link, or its port towards one speaker, drops everything though it stays up, and passes again. */
  | { readonly kind: 'drop' | 'pass'; readonly link: string; readonly speaker?: string };

/** A deed with the moment at which it was done: nanoseconds of the simulation's virtual time. */
export interface TimedDeed {
  readonly at: number;
  readonly does: BgpDeed;
}
