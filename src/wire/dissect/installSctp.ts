import { installDissectors } from '../layers.ts';
import { dissectSctp } from './sctp.ts';

/** To be called before the first packet of SCTP is taken apart. */
export function installSctpDissector(): void {
  installDissectors([['SCTP', dissectSctp]]);
}
