import { ok } from '../../../base/result.ts';
import type { SysctlWrite } from '../../../datamodel/network/edit.ts';
import type { Sysctls } from '../../../datamodel/network/netns.ts';
import { type SysctlDomain, sysctlEntry } from '../../../datamodel/network/sysctlCatalogue.ts';
import { type EditResult, type NetnsState, refuse, withNetns } from './netnsState.ts';

/** Writes to /proc/sys (Linux: kernel/sysctl.c, proc_dointvec and its relatives). */
export function writeSysctl(state: NetnsState, { name, value }: SysctlWrite): EditResult {
  const entry = sysctlEntry(
    name,
    state.netns.links.map((link) => link.name),
  );
  if (entry === undefined) return refuse('ENOENT');
  if (entry.write === undefined) return { ok: false, error: { type: 'notSimulated', what: `writing ${name}` } };
  const read = readValue(value, entry.write, state.netns.sysctls[name] ?? entry.initial);
  if (read === undefined) return refuse('EINVAL');
  return ok(withNetns(state, { sysctls: written(state.netns.sysctls, name, read) }));
}

function written(sysctls: Sysctls, name: string, value: string): Sysctls {
  if (name !== 'net.ipv4.ip_forward' && name !== 'net.ipv4.conf.all.forwarding') return { ...sysctls, [name]: value };
  // Both are one switch, and it sets every device's (inet_forward_change).
  const others = Object.entries(sysctls).filter(([key]) => !/^net\.ipv4\.conf\..+\.forwarding$/.test(key));
  return { ...Object.fromEntries(others), 'net.ipv4.ip_forward': value };
}

/** net.ipv4.ip_unprivileged_port_start: the range may not reach below it (net/ipv4/sysctl_net_ipv4.c). */
const UNPRIVILEGED = 1024;

/** @returns what is read back, or undefined for what the kernel does not take. */
function readValue(text: string, domain: SysctlDomain, old: string): string | undefined {
  const words = text.trim().split(/\s+/);
  const numbers = words.map(integer);
  const [first, second] = numbers;
  if (first === undefined) return undefined;
  switch (domain.type) {
    case 'integer':
      return first >= domain.low && first <= domain.high ? String(first) : undefined;
    case 'switch':
      return first === 0 ? '0' : '1';
    case 'portRange': {
      const high = words.length > 1 ? second : Number(old.split(/\s+/)[1]);
      if (high === undefined || first < UNPRIVILEGED || high > 65535 || first > high) return undefined;
      return `${first}\t${high}`;
    }
  }
}

/** strtoul with base 0, and a sign. */
function integer(word: string): number | undefined {
  if (!/^-?(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word)) return undefined;
  const digits = word.replace('-', '');
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  const signed = word.startsWith('-') ? -value : value;
  return Number.isInteger(signed) && signed >= -(2 ** 31) && signed < 2 ** 31 ? signed : undefined;
}
