import { keptWith } from '../../../../base/kept.ts';
import type { ServicePortInfo } from '../servicePort.ts';
import { servicePath } from './names.ts';

/** Places of service ports in their list by `namespace/service/protocol/port`, as chains' names have it. */
export const servicePaths: (services: readonly ServicePortInfo[]) => ReadonlyMap<string, number> = keptWith(
  (services) => new Map(services.map(({ name, protocol }, place) => [servicePath(name, protocol), place])),
);
