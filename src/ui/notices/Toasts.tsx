import { Toast } from 'radix-ui';
import type { Notice } from '../../store/appState.ts';
import { Icon } from '../controls/icons.tsx';
import { useSession } from '../session.ts';
import './toasts.css';

const NEWS_STAY = 9000;
/** What went wrong stays until it was read. */
const TROUBLE_STAYS = 60_000;

export function Toasts({ notices }: { readonly notices: readonly Notice[] }) {
  const session = useSession();
  return (
    <Toast.Provider label="Notice" swipeDirection="right">
      {notices.map((notice) => (
        <Toast.Root
          key={notice.id}
          className="toast"
          data-kind={notice.kind}
          type={notice.kind === 'trouble' ? 'foreground' : 'background'}
          duration={notice.kind === 'trouble' ? TROUBLE_STAYS : NEWS_STAY}
          onOpenChange={(isOpen) => {
            if (!isOpen) session.notices.dismiss(notice.id);
          }}
        >
          <div>
            <Toast.Title className="toast-title">{notice.title}</Toast.Title>
            <Toast.Description className="toast-text">{notice.text}</Toast.Description>
          </div>
          <Toast.Close className="control" aria-label="Close">
            <Icon name="close" />
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="toasts" />
    </Toast.Provider>
  );
}
