import { assertUnreachable } from '../base/assertUnreachable.ts';
import type { Edit, Errno, Refusal, RuleChange } from '../datamodel/network/edit.ts';
import { notSimulated } from './complaint.ts';
import { parameterProblem } from './iptables/complaints.ts';
import type { CommandError, Program } from './parsedCommand.ts';

/** strerror */
export const ERROR_TEXT: Readonly<Record<Errno, string>> = {
  E2BIG: 'Argument list too long',
  EACCES: 'Permission denied',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  ELOOP: 'Too many levels of symbolic links',
  EMLINK: 'Too many links',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  EOPNOTSUPP: 'Operation not supported',
  ERANGE: 'Numerical result out of range',
  ESRCH: 'No such process',
};

/** What a tool says when the kernel has refused an edit. */
export function refusalText(program: Program, edit: Edit, refusal: Refusal): CommandError {
  if (refusal.type === 'notSimulated') return notSimulated(refusal.what).result;
  switch (program) {
    case 'ip':
    case 'bridge':
      return netlinkText(program, edit, refusal);
    case 'sysctl':
      return sysctlText(edit, refusal);
    case 'iptables':
      return iptablesText(edit, refusal);
    case 'iptables-save':
    case 'conntrack':
    case 'cilium':
    case 'calico-node':
      return error(`${program}: ${refusal.type === 'errno' ? ERROR_TEXT[refusal.errno] : refusal.name}`, 1);
    default:
      return assertUnreachable(program);
  }
}

/** iproute2: lib/libnetlink.c, rtnl_talk; the kernel's own words stand in the place of strerror's. */
function netlinkText(
  program: 'ip' | 'bridge',
  edit: Edit,
  refusal: Exclude<Refusal, { type: 'notSimulated' }>,
): CommandError {
  if (refusal.type === 'noDevice') return missingDevice(program, edit, refusal.name, refusal.as);
  if (refusal.type !== 'errno') return error(`RTNETLINK answers: ${ERROR_TEXT.EINVAL}`, 2);
  const { errno, message } = refusal;
  const text =
    message === undefined
      ? `RTNETLINK answers: ${ERROR_TEXT[errno]}`
      : `Error: ${message}${message.endsWith('.') ? '' : '.'}`;
  return error(text, program === 'ip' ? 2 : 255);
}

function missingDevice(program: 'ip' | 'bridge', edit: Edit, name: string, as: 'device' | 'master'): CommandError {
  if (as === 'master') return error(`Error: argument "${name}" is wrong: Device does not exist\n`, 255);
  if (edit.type === 'addressFlush') return error(`Device "${name}" does not exist.`, 1);
  if (program === 'ip') return error(`Cannot find device "${name}"`, 1);
  const bridge = edit.type === 'linkSet' || edit.type === 'fdbFlush';
  return error(`Cannot find ${bridge ? 'bridge ' : ''}device "${name}"`, 255);
}

function sysctlText(edit: Edit, refusal: Refusal): CommandError {
  const name = edit.type === 'sysctlWrite' ? edit.name : '';
  if (refusal.type === 'errno' && refusal.errno === 'ENOENT') return missingSysctl(name);
  const text = refusal.type === 'errno' ? ERROR_TEXT[refusal.errno] : ERROR_TEXT.EINVAL;
  return error(`sysctl: setting key "${name}": ${text}`, 1);
}

export function missingSysctl(name: string): CommandError {
  const path = name.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'));
  return error(`sysctl: cannot stat /proc/sys/${path}: No such file or directory`, 1);
}

const FAILED: Readonly<Record<string, string>> = {
  append: 'RULE_APPEND',
  insert: 'RULE_INSERT',
  replace: 'RULE_REPLACE',
};
const INDEX: Readonly<Record<string, string>> = {
  insert: 'insertion',
  deleteAt: 'deletion',
  replace: 'replacement',
};

/** iptables 1.8.9: iptables/nft.c, nft_strerror, mnl_err_list_node. */
function iptablesText(edit: Edit, refusal: Exclude<Refusal, { type: 'notSimulated' }>): CommandError {
  const change: RuleChange | undefined = edit.type === 'rules' ? edit.change : undefined;
  const operation = change?.operation ?? 'append';
  switch (refusal.type) {
    case 'noChain':
      return parameterProblem(`Chain '${refusal.name}' does not exist`).result;
    case 'chain': {
      if (refusal.errno === 'EEXIST') return error('iptables: File exists.', 1);
      const what = refusal.errno === 'EBUSY' ? 'CHAIN_DEL' : (FAILED[operation] ?? 'RULE_APPEND');
      const which = refusal.errno === 'EBUSY' ? 'chain' : 'rule in chain';
      const text = `${what} failed (${ERROR_TEXT[refusal.errno]}): ${which} ${refusal.name}`;
      return error(`iptables v1.8.9 (nf_tables):  ${text}`, 4);
    }
    case 'noDevice':
      return error('iptables: No chain/target/match by that name.', 1);
    case 'errno':
      return error(`iptables: ${iptablesError(refusal.errno, operation)}`, 1);
    default:
      return assertUnreachable(refusal);
  }
}

function iptablesError(errno: Errno, operation: RuleChange['operation']): string {
  if (errno === 'E2BIG') return `Index of ${INDEX[operation] ?? 'insertion'} too big.`;
  if (errno === 'EEXIST') return 'Chain already exists.';
  if (errno === 'ESRCH') return 'Bad rule (does a matching rule exist in that chain?).';
  if (errno === 'EINVAL') return 'Bad built-in chain name.';
  return 'No chain/target/match by that name.';
}

function error(text: string, exitCode: number): CommandError {
  return { type: 'error', text, exitCode };
}
