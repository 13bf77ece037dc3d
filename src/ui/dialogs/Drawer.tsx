import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { Icon } from '../controls/icons.tsx';
import './dialogs.css';

export interface DrawerProps {
  readonly title: string;
  readonly side: 'left' | 'right';
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A side panel that slides over the stage where there is no room beside it. */
export function Drawer({ title, side, onClose, children }: DrawerProps) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="drawer"
          data-side={side}
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => {
            // an open list of choices closes first
            if (
              document.activeElement?.getAttribute('aria-expanded') === 'true' &&
              document.activeElement.role === 'combobox'
            )
              event.preventDefault();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="drawer-body">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
