import type { BgpKernelRoute } from '../datamodel/bgp/state.ts';
import { formatPrefix } from '../wire/address.ts';

/** A route as `ip route` prints it, without the space at the end; next hops of several stand on lines of their own. */
export function printBgpKernelRoute(route: BgpKernelRoute): readonly string[] {
  const { destination, type, nextHops, protocol, metric, source, linkDown } = route;
  const words: string[] = type === 'unicast' ? [] : [type];
  words.push(destination.length === 0 ? 'default' : formatPrefix(destination).replace(/\/32$/, ''));
  const [hop, ...more] = nextHops;
  if (hop && more.length === 0) words.push(...(hop.gateway ? [`via ${hop.gateway}`] : []), `dev ${hop.device}`);
  if (protocol !== 'boot') words.push(`proto ${protocol}`);
  if (type === 'unicast' && nextHops.every(({ gateway }) => !gateway)) words.push('scope link');
  if (source) words.push(`src ${source}`);
  if (metric !== undefined) words.push(`metric ${metric}`);
  if (linkDown) words.push('linkdown');
  if (hop?.onlink && more.length === 0) words.push('onlink');
  const hops = more.length > 0 ? nextHops : [];
  const lines = hops.map(
    ({ gateway, device }) => `\tnexthop ${gateway ? `via ${gateway} ` : ''}dev ${device} weight 1`,
  );
  return [words.join(' '), ...lines];
}
