import { expect, test } from 'vitest';
import { CNI_BACKENDS } from '../datamodel/cluster/cniBackends.ts';
import { installedNetworks } from './controlplane/network/providers.ts';
import { installAllNetworks } from './installNetworks.ts';

test('every backend that is offered can be built with, and every other one is offered', () => {
  installAllNetworks();
  expect([...installedNetworks()].sort()).toEqual([...CNI_BACKENDS].sort());
});
