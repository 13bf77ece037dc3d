import { flag, int32, intOrString, list, struct, text } from '../goType.ts';
import { typeMeta } from './metaSchema.ts';

export const ipPool = struct(
  'v3.IPPool',
  {
    ...typeMeta,
    spec: struct(
      'v3.IPPoolSpec',
      {
        cidr: text,
        blockSize: int32,
        ipipMode: text,
        vxlanMode: text,
        natOutgoing: flag,
        disabled: flag,
        nodeSelector: text,
        disableBGPExport: flag,
        allowedUses: list(text, 'v3.IPPoolAllowedUse'),
      },
      ['assignmentMode', 'ipip', 'nat-outgoing', 'namespaceSelector'],
    ),
  },
  ['status'],
);

const operatorPool = struct(
  'v1.IPPool',
  {
    name: text,
    cidr: text,
    blockSize: int32,
    encapsulation: text,
    natOutgoing: text,
    nodeSelector: text,
    disableBGPExport: flag,
  },
  ['disableNewAllocations', 'allowedUses', 'assignmentMode'],
);

/** operator.tigera.io/v1; most of it is about how components are deployed. */
export const installation = struct(
  'v1.Installation',
  {
    ...typeMeta,
    spec: struct(
      'v1.InstallationSpec',
      {
        cni: struct('v1.CNISpec', { type: text, ipam: struct('v1.IPAMSpec', { type: text }, 'any') }, 'any'),
        calicoNetwork: struct(
          'v1.CalicoNetworkSpec',
          { bgp: text, mtu: int32, linuxDataplane: text, ipPools: list(operatorPool, 'v1.IPPool') },
          'any',
        ),
      },
      'any',
    ),
  },
  ['status'],
);

export const bgpConfiguration = struct(
  'v3.BGPConfiguration',
  {
    ...typeMeta,
    spec: struct('v3.BGPConfigurationSpec', { asNumber: intOrString, nodeToNodeMeshEnabled: flag }, 'any'),
  },
  ['status'],
);

export const bgpPeer = struct(
  'v3.BGPPeer',
  {
    ...typeMeta,
    spec: struct(
      'v3.BGPPeerSpec',
      { node: text, nodeSelector: text, peerIP: text, peerSelector: text, asNumber: intOrString },
      'any',
    ),
  },
  ['status'],
);

export const felixConfiguration = struct(
  'v3.FelixConfiguration',
  {
    ...typeMeta,
    spec: struct(
      'v3.FelixConfigurationSpec',
      {
        bpfEnabled: flag,
        bpfExternalServiceMode: text,
        bpfConnectTimeLoadBalancing: text,
        bpfHostNetworkedNATWithoutCTLB: text,
        ipipMTU: int32,
        vxlanMTU: int32,
        vxlanPort: int32,
        vxlanVNI: int32,
      },
      'any',
    ),
  },
  ['status'],
);

export const ipamConfiguration = struct(
  'v3.IPAMConfiguration',
  {
    ...typeMeta,
    spec: struct(
      'v3.IPAMConfigurationSpec',
      { strictAffinity: flag, maxBlocksPerHost: int32, autoAllocateBlocks: flag },
      'any',
    ),
  },
  ['status'],
);
