import { DropdownMenu } from 'radix-ui';
import type { ProxyMode } from '../../datamodel/cluster/command.ts';
import { modesInWords } from '../../store/proxyNames.ts';
import type { Place } from '../dock/menuPlace.ts';
import { useApp, useSession } from '../session.ts';
import '../dock/offersMenu.css';

export interface LeftoversMenuProps {
  /** Modes whose rules are left on some node. */
  readonly left: readonly ProxyMode[];
  readonly place: Place;
  readonly onClose: () => void;
  /** Gives the focus back to where the menu was opened. */
  readonly onReturn: () => void;
}

/** Whether flips leave the old mode's rules in place, and `kube-proxy --cleanup` of those that are. */
export function LeftoversMenu({ left, place, onClose, onReturn }: LeftoversMenuProps) {
  const session = useSession();
  const leaves = useApp((state) => state.cluster.view?.settings.leaveOldRules ?? false);
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
        className="menu"
        aria-label="Old rules of kube-proxy"
        aria-labelledby={undefined}
        align="end"
        sideOffset={2}
        collisionPadding={8}
        loop
        onFocus={({ target, currentTarget }) => {
          if (place.byKey && target === currentTarget)
            currentTarget.querySelector<HTMLElement>('[role="menuitemcheckbox"]')?.focus();
        }}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          onReturn();
        }}
      >
        <DropdownMenu.CheckboxItem
          className="menu-item menu-check"
          checked={leaves}
          onCheckedChange={(leaveOldRules) => void session.configure({ leaveOldRules })}
          onSelect={(event) => event.preventDefault()}
        >
          Leave the old mode’s rules when the mode changes
        </DropdownMenu.CheckboxItem>
        <DropdownMenu.Separator className="menu-rule" />
        <DropdownMenu.Item
          className="menu-item"
          disabled={left.length === 0}
          onSelect={() => void session.operate({ type: 'cleanUpProxy' })}
        >
          <span>
            {left.length === 0
              ? 'Nothing to clean up: no old rules are left'
              : `Clean up what ${modesInWords(left)} left`}
          </span>
          <code className="mono">kube-proxy --cleanup</code>
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
