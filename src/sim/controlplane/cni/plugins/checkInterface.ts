import { formatPrefix, networkOf } from '../../../../wire/address.ts';
import type { Namespace } from '../node/namespace.ts';
import { PluginFailure } from '../spec/cniError.ts';
import type { CniResult, CniRoute } from '../spec/cniResult.ts';
import type { CniRelease } from '../spec/release.ts';
import { maskText } from './configureInterface.ts';

/** pkg/ip, ValidateExpectedInterfaceIPs. */
export function checkAddresses(sandbox: Namespace, ifName: string, ips: CniResult['ips']): void {
  for (const { address, gateway } of ips) {
    if (sandbox.link(ifName) === undefined) throw new PluginFailure(`Cannot find container link ${ifName}`);
    const found = sandbox
      .addressesOf(ifName)
      .some((own) => own.address === address.address && own.prefixLength === address.length);
    if (!found) throw new PluginFailure(`Failed to match addr ${formatPrefix(address)} on interface ${ifName}`);
    const subnet = formatPrefix(networkOf(address));
    if (!sandbox.allRoutes().some(({ destination }) => formatPrefix(destination) === subnet)) {
      throw new PluginFailure(`Failed to find Gateway ${gateway ?? '<nil>'} for interface ${ifName}`);
    }
  }
}

/**
 * pkg/ip, ValidateExpectedRoute. Of default routes the gateway does not matter. Release 1.1.1 does not find a route that the
 * result tells without a gateway, because in the table it has one.
 */
export function checkRoutes(sandbox: Namespace, routes: CniResult['routes'], release: CniRelease): void {
  for (const route of routes) {
    const wanted = formatPrefix(networkOf(route.destination));
    const anyGateway = route.destination.length === 0 || (route.gateway === undefined && release.plugins !== '1.1.1');
    const found = sandbox
      .allRoutes()
      .some(({ destination, via }) => formatPrefix(destination) === wanted && (anyGateway || via === route.gateway));
    if (!found) throw new PluginFailure(`Expected Route ${routeText(route, release)} not found in routing table`);
  }
}

/** types.Route as Go's %v writes it. */
function routeText({ destination, gateway }: CniRoute, { plugins }: CniRelease): string {
  const mask = maskText(destination);
  const head = `{Dst:{IP:${destination.address} Mask:${mask}} GW:${gateway ?? '<nil>'}`;
  return plugins === '1.1.1' ? `${head}}` : `${head} MTU:0 AdvMSS:0 Priority:0 Table:<nil> Scope:<nil>}`;
}
