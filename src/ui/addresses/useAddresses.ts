import { useEffect, useState } from 'react';
import type { AddressSpace } from '../../datamodel/cluster/addressSpace.ts';
import { words } from '../../store/words.ts';
import { useApp, useSession } from '../session.ts';

/** What the simulation answers, and why it does not. */
export interface Addresses {
  readonly space: AddressSpace | undefined;
  readonly problem: string | undefined;
}

/** The address space, asked for again whenever the cluster changes; the one before stays until the answer comes. */
export function useAddresses(): Addresses {
  const session = useSession();
  const revision = useApp((state) => state.cluster.view?.revision);
  const [addresses, setAddresses] = useState<Addresses>({ space: undefined, problem: undefined });
  useEffect(() => {
    if (revision === undefined) return;
    let isWanted = true;
    session.beside.addresses().then(
      (space) => {
        if (isWanted) setAddresses({ space, problem: undefined });
      },
      (error: unknown) => {
        if (isWanted) setAddresses((before) => ({ ...before, problem: words(error) }));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [session, revision]);
  return addresses;
}
