import type { AwsVpcConfig } from '../../../../datamodel/kubernetes/awsVpcConfig.ts';

/** aws-k8s-cni.yaml as it is published. */
export const AWS_DEFAULTS: AwsVpcConfig = {
  warm: { enis: 1, addresses: 0, minimum: 0, prefixes: 1 },
  prefixDelegation: false,
  maxEnis: undefined,
  cooldown: 30,
  customNetworking: undefined,
  eniMtu: 9001,
  podMtu: undefined,
  externalSnat: false,
  excludedFromSnat: [],
  randomizeSnat: true,
  externalServices: [],
  nodePorts: true,
};
