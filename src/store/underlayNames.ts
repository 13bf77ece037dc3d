import type { UnderlayName } from '../datamodel/cluster/underlay.ts';

/** Underlays by their names, as a person would say them. */
export const UNDERLAY_NAMES: Readonly<Record<UnderlayName, string>> = {
  l2: 'L2 segment',
  'two-subnets': 'two subnets',
  'leaf-spine': 'leaf-spine',
  'cloud-vpc': 'cloud VPC',
  filtered: 'filtered',
};
