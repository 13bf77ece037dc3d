import type { Node } from '../../../../datamodel/kubernetes/node.ts';
import {
  type IpAddress,
  type IpPrefix,
  type MacAddress,
  networkOf,
  parseIpAddress,
  parseMacAddress,
} from '../../../../wire/address.ts';
import { randomMac } from '../../randomMac.ts';

const ANNOTATION = 'flannel.alpha.coreos.com';

/** What flanneld tells the others about its node, by annotations of the Node (pkg/subnet/kube/kube.go). */
export interface FlannelLease {
  readonly subnet: IpPrefix;
  readonly publicIp: IpAddress;
  readonly vtepMac: MacAddress;
}

/** The lease of a node that has a podCIDR. A VTEP without a known MAC draws one, as the real one does. */
export function flannelLease(node: Node, podCidr: IpPrefix, address: IpAddress, seed: number): FlannelLease {
  const { annotations, name } = node.metadata;
  return {
    subnet: networkOf(podCidr),
    publicIp: parseIpAddress(annotations.get(`${ANNOTATION}/public-ip-overwrite`) ?? '') ?? address,
    vtepMac: vtepMac(annotations.get(`${ANNOTATION}/backend-data`)) ?? randomMac(seed, 'vtep', name),
  };
}

/** backend-data is JSON, written by a stranger: `{"VNI":1,"VtepMAC":"0e:f1:a0:00:00:01"}`. */
function vtepMac(backendData: string | undefined): MacAddress | undefined {
  if (backendData === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(backendData);
    if (typeof data !== 'object' || data === null || !('VtepMAC' in data)) return undefined;
    return typeof data.VtepMAC === 'string' ? parseMacAddress(data.VtepMAC) : undefined;
  } catch {
    return undefined;
  }
}
