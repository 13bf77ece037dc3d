import type { Labels } from '../objectMeta.ts';
import type { Declared } from './declaredObject.ts';

export interface DeclaredConfigMap extends Declared<'ConfigMap'> {
  readonly data?: Labels;
  /** The component configuration that its data carries, read. */
  readonly config?: DeclaredConfig;
}

/** Configuration files inside of ConfigMaps that set up the network. */
export type DeclaredConfig =
  | {
      readonly type: 'flannel';
      readonly net?: DeclaredFlannelNet;
      readonly cni?: DeclaredCniList;
      readonly cniText?: string;
    }
  | ({ readonly type: 'calico' } & DeclaredCalicoConfig)
  | { readonly type: 'kube-proxy'; readonly proxy?: DeclaredKubeProxy }
  | { readonly type: 'kubeadm'; readonly cluster?: DeclaredClusterConfiguration };

/** net-conf.json; flannel's `subnet.Config`. */
export interface DeclaredFlannelNet {
  readonly Network?: string;
  readonly EnableIPv4?: boolean;
  readonly EnableNFTables?: boolean;
  readonly Backend?: {
    readonly Type?: string;
    readonly VNI?: number;
    readonly Port?: number;
    readonly MTU?: number;
    readonly DirectRouting?: boolean;
    readonly ListenPort?: number;
    readonly PersistentKeepaliveInterval?: number;
    readonly Mode?: string;
  };
}

/** calico-config, as calico.yaml has it; its CNI configuration is a template that is no JSON yet. */
export interface DeclaredCalicoConfig {
  /** `bird`, `vxlan` or `none`. */
  readonly backend?: string;
  /** A number in decimal, `0` for one that is found out. */
  readonly vethMtu?: string;
  /** Type of the IPAM plugin in the template. */
  readonly ipam?: string;
}

/** cni-conf.json; a CNI network configuration list. */
export interface DeclaredCniList {
  readonly name?: string;
  readonly cniVersion?: string;
  readonly plugins?: readonly {
    readonly type?: string;
    readonly capabilities?: { readonly portMappings?: boolean };
    readonly delegate?: {
      readonly bridge?: string;
      readonly hairpinMode?: boolean;
      readonly isDefaultGateway?: boolean;
      readonly mtu?: number;
      readonly ipMasq?: boolean;
    };
  }[];
}

/** config.conf; kubeproxy.config.k8s.io/v1alpha1. */
export interface DeclaredKubeProxy {
  readonly mode?: string;
  readonly clusterCIDR?: string;
  readonly detectLocalMode?: string;
  readonly nodePortAddresses?: readonly string[];
  readonly iptables?: {
    readonly masqueradeBit?: number;
    readonly masqueradeAll?: boolean;
    readonly localhostNodePorts?: boolean;
  };
  readonly ipvs?: { readonly scheduler?: string; readonly strictARP?: boolean };
  readonly nftables?: { readonly masqueradeBit?: number; readonly masqueradeAll?: boolean };
}

/** ClusterConfiguration; kubeadm.k8s.io. */
export interface DeclaredClusterConfiguration {
  readonly networking?: { readonly dnsDomain?: string; readonly podSubnet?: string; readonly serviceSubnet?: string };
  /** Flags by name, whichever of kubeadm's two forms they were written in. */
  readonly apiServerFlags?: Labels;
  readonly controllerManagerFlags?: Labels;
}
