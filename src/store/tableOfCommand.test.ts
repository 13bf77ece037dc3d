import { expect, it } from 'vitest';
import { tableOfCommand } from './tableOfCommand.ts';

it.each([
  ['ip r', 'route'],
  ['ip -4 route get 10.0.0.1', 'route'],
  ['sudo /sbin/ip addr', 'address'],
  ['ip l set dev eth0 up', 'link'],
  ['ip neighbor', 'neighbor'],
  ['bridge fdb show', 'fdb'],
  ['bridge link', 'link'],
  ['iptables -t nat -S', 'rule'],
  ['iptables-save', 'rule'],
  ['conntrack -L', 'conntrack'],
  ['sysctl -a', 'sysctl'],
  ['ip', undefined],
  ['ip tunnel', undefined],
  ['constructor', undefined],
  ['', undefined],
])('%s is about %s', (line, table) => {
  expect(tableOfCommand(line)).toBe(table);
});
