/** Which releases of the plugins are installed, and of libcni in the runtime. */
export interface CniRelease {
  /** containernetworking-plugins. */
  readonly plugins: '1.1.1' | '1.9.1';
  readonly flannel: '1.2.0' | '1.9.1';
  readonly libcni: '1.1.2' | '1.3.0';
}

/** As Debian 12 has them, beside the flannel plugin that was current then. They know neither GC nor STATUS. */
export const DEBIAN_RELEASE: CniRelease = { plugins: '1.1.1', flannel: '1.2.0', libcni: '1.1.2' };

export const NEWEST_RELEASE: CniRelease = { plugins: '1.9.1', flannel: '1.9.1', libcni: '1.3.0' };

export const RELEASES: ReadonlyMap<string, CniRelease> = new Map([
  ['1.1.1', DEBIAN_RELEASE],
  ['1.9.1', NEWEST_RELEASE],
]);

/** A fault of some release, which later ones have mended. */
export interface ReleaseFault {
  readonly plugin: string;
  /** How the fault shows: a part of the error text. */
  readonly sign: RegExp;
  readonly explanation: string;
}

const FAULTS: readonly ReleaseFault[] = [
  {
    plugin: 'portmap',
    sign: /^could not check ipv[46] dnat: chain CNI-DN-/,
    explanation:
      'portmap 1.1.1 looks for a Pod’s chain in the tables of both families, whichever addresses it has: CHECK fails though nothing is wrong. Later releases look where the address is.',
  },
  {
    plugin: 'bridge',
    sign: /-D POSTROUTING .* does not exist/s,
    explanation:
      'bridge 1.1.1 takes “Chain … does not exist”, which iptables-nft answers with exit status 2, for an error: DEL after an ADD that failed halfway fails, too. Later releases (go-iptables from 0.7.0 on) know that it means there is nothing to delete.',
  },
];

/** The fault of its release that a plugin's error text shows; undefined: the text is deserved. */
export function faultShown(release: CniRelease, plugin: string, text: string): ReleaseFault | undefined {
  if (release.plugins !== '1.1.1') return undefined;
  return FAULTS.find((fault) => fault.plugin === plugin && fault.sign.test(text));
}
