import { DropdownMenu } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import type { Offer } from '../../datamodel/cluster/offer.ts';
import { useSession } from '../session.ts';
import type { Place } from './menuPlace.ts';
import './offersMenu.css';

export interface OffersMenuProps {
  readonly label: string;
  /** The line that the offers are about, as it is printed. */
  readonly subject: string | undefined;
  readonly offers: readonly Offer[];
  readonly place: Place;
  readonly onRun: (offer: Offer) => void;
  readonly onClose: () => void;
  /** Gives the focus back to where the menu was opened. */
  readonly onReturn: () => void;
}

/** What can be done to an entry: each edit in words, and the command line that it stands for. */
export function OffersMenu({ label, subject, offers, place, onRun, onClose, onReturn }: OffersMenuProps) {
  const session = useSession();
  const [copies, setCopies] = useState(false);
  const menu = useRef<HTMLDivElement>(null);

  useEffect(() => {
    // what it belongs to would move away from under it
    const leave = (event: Event): void => {
      if (!(event.target instanceof Node && menu.current?.contains(event.target))) onClose();
    };
    for (const type of ['wheel', 'touchmove']) addEventListener(type, leave, { passive: true });
    return () => {
      for (const type of ['wheel', 'touchmove']) removeEventListener(type, leave);
    };
  }, [onClose]);

  const copy = async (text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      session.notices.add('news', 'Copied', text);
    } catch {
      session.notices.add('trouble', 'Not copied', 'The browser does not allow writing to the clipboard.');
    }
  };

  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(isOpen) => !isOpen && onClose()}>
      <DropdownMenu.Trigger asChild>
        <span
          className="menu-anchor"
          aria-hidden="true"
          style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        ref={menu}
        className="menu"
        aria-label={label}
        aria-labelledby={undefined}
        align="end"
        sideOffset={2}
        collisionPadding={8}
        loop
        onFocus={(event) => {
          const { target, currentTarget } = event;
          if (place.byKey && target === currentTarget) firstItem(currentTarget)?.focus();
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          onReturn();
        }}
      >
        {subject !== undefined && <DropdownMenu.Label className="menu-subject mono">{subject}</DropdownMenu.Label>}
        {offers.length === 0 && (
          <DropdownMenu.Item className="menu-item" disabled>
            {subject === undefined ? 'Nothing here to be changed' : 'Nothing obeys another value of this'}
          </DropdownMenu.Item>
        )}
        {offers.map((offer) => (
          <DropdownMenu.Item
            key={offer.line}
            className="menu-item"
            textValue={offer.label}
            data-destructive={offer.destructive}
            onSelect={() => (copies ? void copy(offer.line) : onRun(offer))}
          >
            <span>{offer.label}</span>
            <code className="mono">{offer.line}</code>
          </DropdownMenu.Item>
        ))}
        <DropdownMenu.Separator className="menu-rule" />
        {offers.length > 0 && (
          <DropdownMenu.CheckboxItem
            className="menu-item menu-check"
            checked={copies}
            onCheckedChange={setCopies}
            onSelect={(event) => event.preventDefault()}
          >
            Copy the command instead of running it
          </DropdownMenu.CheckboxItem>
        )}
        {subject !== undefined && (
          <DropdownMenu.Item className="menu-item" onSelect={() => void copy(subject)}>
            Copy this line
          </DropdownMenu.Item>
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function firstItem(menu: Element): HTMLElement | null {
  return menu.querySelector<HTMLElement>('[role="menuitem"]:not([data-disabled]), [role="menuitemcheckbox"]');
}
