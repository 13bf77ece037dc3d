import type { Declared } from './declaredObject.ts';

/** projectcalico.org/v3, which calico's API server has, and crd.projectcalico.org/v1 behind it. */
export interface DeclaredIpPool extends Declared<'IPPool'> {
  readonly spec?: {
    readonly cidr?: string;
    readonly blockSize?: number;
    readonly ipipMode?: string;
    readonly vxlanMode?: string;
    readonly natOutgoing?: boolean;
    readonly disabled?: boolean;
    readonly nodeSelector?: string;
    readonly disableBGPExport?: boolean;
    readonly allowedUses?: readonly string[];
  };
}

/** operator.tigera.io/v1: what the operator installs Calico by. */
export interface DeclaredInstallation extends Declared<'Installation'> {
  readonly spec?: {
    readonly cni?: { readonly type?: string; readonly ipam?: { readonly type?: string } };
    readonly calicoNetwork?: {
      readonly bgp?: string;
      readonly mtu?: number;
      readonly linuxDataplane?: string;
      readonly ipPools?: readonly DeclaredOperatorPool[];
    };
  };
}

export interface DeclaredOperatorPool {
  readonly name?: string;
  readonly cidr?: string;
  readonly blockSize?: number;
  readonly encapsulation?: string;
  readonly natOutgoing?: string;
  readonly nodeSelector?: string;
  readonly disableBGPExport?: boolean;
}

export interface DeclaredBgpConfiguration extends Declared<'BGPConfiguration'> {
  readonly spec?: { readonly asNumber?: number | string; readonly nodeToNodeMeshEnabled?: boolean };
}

export interface DeclaredBgpPeer extends Declared<'BGPPeer'> {
  readonly spec?: {
    readonly node?: string;
    readonly nodeSelector?: string;
    readonly peerIP?: string;
    readonly peerSelector?: string;
    readonly asNumber?: number | string;
  };
}

export interface DeclaredFelixConfiguration extends Declared<'FelixConfiguration'> {
  readonly spec?: {
    readonly bpfEnabled?: boolean;
    readonly bpfExternalServiceMode?: string;
    readonly bpfConnectTimeLoadBalancing?: string;
    readonly bpfHostNetworkedNATWithoutCTLB?: string;
    readonly ipipMTU?: number;
    readonly vxlanMTU?: number;
    readonly vxlanPort?: number;
    readonly vxlanVNI?: number;
  };
}

export interface DeclaredIpamConfiguration extends Declared<'IPAMConfiguration'> {
  readonly spec?: {
    readonly strictAffinity?: boolean;
    readonly maxBlocksPerHost?: number;
    readonly autoAllocateBlocks?: boolean;
  };
}

export type DeclaredCalico =
  | DeclaredIpPool
  | DeclaredInstallation
  | DeclaredBgpConfiguration
  | DeclaredBgpPeer
  | DeclaredFelixConfiguration
  | DeclaredIpamConfiguration;
