import { fromBase64 } from '../../../../base/base64.ts';
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
  /** Of the node's WireGuard device, if the Node says. */
  readonly publicKey?: string;
}

/** The lease of a node that has a podCIDR. A VTEP without a known MAC draws one, as the real one does. */
export function flannelLease(node: Node, podCidr: IpPrefix, address: IpAddress, seed: number): FlannelLease {
  const { annotations, name } = node.metadata;
  const data = backendData(annotations.get(`${ANNOTATION}/backend-data`));
  const publicKey = text(data, 'PublicKey');
  return {
    subnet: networkOf(podCidr),
    publicIp: parseIpAddress(annotations.get(`${ANNOTATION}/public-ip-overwrite`) ?? '') ?? address,
    vtepMac: parseMacAddress(text(data, 'VtepMAC') ?? '') ?? randomMac(seed, 'vtep', name),
    ...(fromBase64(publicKey ?? '')?.length === 32 && publicKey !== undefined && { publicKey }),
  };
}

/** backend-data is JSON, written by a stranger: `{"VNI":1,"VtepMAC":"0e:f1:a0:00:00:01"}`, `{"PublicKey":"rG06…"}`. */
function backendData(json: string | undefined): object | undefined {
  if (json === undefined) return undefined;
  try {
    const data: unknown = JSON.parse(json);
    return typeof data === 'object' && data !== null ? data : undefined;
  } catch {
    return undefined;
  }
}

function text(data: object | undefined, key: string): string | undefined {
  if (data === undefined || !Object.hasOwn(data, key)) return undefined;
  const value: unknown = data[key as keyof typeof data];
  return typeof value === 'string' ? value : undefined;
}
