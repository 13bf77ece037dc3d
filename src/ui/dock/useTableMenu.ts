import { type ComponentType, useRef, useState } from 'react';
import type { Moment } from '../../datamodel/cluster/command.ts';
import type { Offer } from '../../datamodel/cluster/offer.ts';
import type { Tool } from '../../datamodel/cluster/printed.ts';
import type { NetnsId } from '../../datamodel/network/netnsId.ts';
import { words } from '../../store/words.ts';
import { useSession } from '../session.ts';
import type { Place } from './menuPlace.ts';
import type { OffersMenuProps } from './OffersMenu.tsx';
import type { ShownLine } from './shownLines.ts';

/** The menu that is open, with its machinery, which loads with the first of them. */
export interface OpenMenu {
  readonly Menu: ComponentType<OffersMenuProps>;
  /** Whose table it is, whatever the dock turns to meanwhile. */
  readonly netns: NetnsId;
  /** Absent: the whole table's. */
  readonly line: ShownLine | undefined;
  readonly offers: readonly Offer[];
  readonly place: Place;
}

export interface TableMenu {
  readonly menu: OpenMenu | undefined;
  readonly open: (line: ShownLine | undefined, place: Place) => void;
  readonly close: () => void;
  readonly run: (offer: Offer) => void;
}

/** Opens what can be done to a table's entry, and runs what was chosen. @param at the moment whose table is shown. */
export function useTableMenu(netns: NetnsId | undefined, tool: Tool, at: Moment | undefined): TableMenu {
  const session = useSession();
  const [menu, setMenu] = useState<OpenMenu | undefined>(undefined);
  const asked = useRef(0);

  const open = async (line: ShownLine | undefined, place: Place): Promise<void> => {
    if (netns === undefined) return;
    const order = ++asked.current;
    // the command will be run at the moment that is shown: it shall be the one that was seen
    session.playback.clock.pause();
    try {
      const [{ OffersMenu: Menu }, offers] = await Promise.all([
        import('./OffersMenu.tsx'),
        session.beside.offers(netns, tool, line?.entry, at),
      ]);
      if (order === asked.current) setMenu({ Menu, netns, line, offers, place });
    } catch (error) {
      session.notices.add('trouble', 'The menu cannot be shown', words(error));
    }
  };

  const run = async ({ line }: Offer): Promise<void> => {
    if (menu === undefined) return;
    const output = await session.exec(menu.netns, line);
    if (!output) return;
    const text = output.errors === '' ? line : `${line} — ${output.errors}`;
    if (output.exitCode === 0) session.notices.add('news', `Ran on ${menu.netns}`, text);
    else session.notices.add('trouble', `Refused on ${menu.netns}`, text);
  };

  return {
    menu,
    open: (line, place) => void open(line, place),
    close: () => {
      asked.current++;
      setMenu(undefined);
    },
    run: (offer) => void run(offer),
  };
}
