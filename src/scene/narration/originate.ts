import type { Step } from '../../datamodel/flow/step.ts';
import { capsuleOf } from '../capsule.ts';
import { type Names, withName } from '../names.ts';

/** Who makes a packet, what it is, and for whom. */
export function originateSentence(step: Extract<Step, { type: 'originate' }>, here: string, names: Names): string {
  const { label } = capsuleOf(step.bytes, step.link);
  const asks = /^ARP who-has (.+)$/.exec(step.what);
  if (asks) return `${here} asks its link by ARP: who has ${asks[1]}?`;
  const tells = /^ARP (.+) is-at (.+)$/.exec(step.what);
  if (tells) return `${here} answers by ARP: ${tells[1]} is at ${tells[2]}`;
  const who = step.by === 'kernel' ? `the kernel of ${here}` : here;
  const query = /^DNS (A|AAAA|SRV|PTR) (\S+)$/.exec(step.what);
  if (query) return `${who} asks ${withName(label, names)}: what is the ${query[1]} record of ${query[2]}?`;
  const again = /^(.+), sent again$/.exec(step.what);
  const what = again ? `the ${again[1]} again` : described(step.what);
  return `${who} sends ${what}${label === '' ? '' : ` to ${withName(label, names)}`}`;
}

function described(what: string): string {
  if (/^(the|a|an) /i.test(what)) return what;
  const opens = what === 'SYN' ? ', the first packet of a TCP connection,' : '';
  return `${startsWithVowel(what) ? 'an' : 'a'} ${what}${opens}`;
}

/** As it is spoken: letter by letter where no word can be made of them. */
function startsWithVowel(what: string): boolean {
  return /^(HTTP|RST|MLD|NS|NA|RA|RS)\b/.test(what) || (/^[aeio]/i.test(what) && !/^one\b/i.test(what));
}
