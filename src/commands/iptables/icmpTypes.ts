import { readUnsigned } from '../words.ts';
import { parameterProblem } from './complaints.ts';

/** The names that `iptables -p icmp -h` lists, as type and code. */
const NAMES = new Map<string, readonly [type: number, code?: number]>([
  ['echo-reply', [0]],
  ['pong', [0]],
  ['destination-unreachable', [3]],
  ['network-unreachable', [3, 0]],
  ['host-unreachable', [3, 1]],
  ['protocol-unreachable', [3, 2]],
  ['port-unreachable', [3, 3]],
  ['fragmentation-needed', [3, 4]],
  ['source-route-failed', [3, 5]],
  ['network-unknown', [3, 6]],
  ['host-unknown', [3, 7]],
  ['network-prohibited', [3, 9]],
  ['host-prohibited', [3, 10]],
  ['tos-network-unreachable', [3, 11]],
  ['tos-host-unreachable', [3, 12]],
  ['communication-prohibited', [3, 13]],
  ['host-precedence-violation', [3, 14]],
  ['precedence-cutoff', [3, 15]],
  ['source-quench', [4]],
  ['redirect', [5]],
  ['network-redirect', [5, 0]],
  ['host-redirect', [5, 1]],
  ['tos-network-redirect', [5, 2]],
  ['tos-host-redirect', [5, 3]],
  ['echo-request', [8]],
  ['ping', [8]],
  ['router-advertisement', [9]],
  ['router-solicitation', [10]],
  ['time-exceeded', [11]],
  ['ttl-exceeded', [11]],
  ['ttl-zero-during-transit', [11, 0]],
  ['ttl-zero-during-reassembly', [11, 1]],
  ['parameter-problem', [12]],
  ['ip-header-bad', [12, 0]],
  ['required-option-missing', [12, 1]],
  ['timestamp-request', [13]],
  ['timestamp-reply', [14]],
  ['address-mask-request', [17]],
  ['address-mask-reply', [18]],
]);

/** A name, a number, or `TYPE/CODE`. @returns undefined for `any`. */
export function readIcmpType(text: string): { readonly icmpType: number; readonly code?: number } | undefined {
  const lower = text.toLowerCase();
  if (lower === 'any' || lower === '255') return undefined;
  const named = NAMES.get(lower);
  if (named) return { icmpType: named[0], ...(named[1] !== undefined && { code: named[1] }) };
  const [typeText = '', codeText] = lower.split('/');
  const icmpType = readUnsigned(typeText);
  if (icmpType === undefined || icmpType > 255) throw parameterProblem(`Unknown ICMP type \`${text}'`);
  if (codeText === undefined) return { icmpType };
  const code = readUnsigned(codeText);
  if (code === undefined || code > 255) throw parameterProblem(`Unknown ICMP code \`${text}'`);
  return { icmpType, code };
}
