import { lazy, Suspense, useRef, useState } from 'react';
import { positionOf } from '../playback/position.ts';
import { useApp } from '../session.ts';

const CaptureDialog = lazy(() => import('./CaptureDialog.tsx').then((module) => ({ default: module.CaptureDialog })));

/** Opens the dialog that saves the conversation's frames as a file. */
export function CaptureButton() {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const conversation = useApp((state) => state.traffic.conversation);
  const cluster = useApp((state) => state.cluster.view);
  const step = useApp((state) => state.playback.step);
  const shown = positionOf(conversation, step)?.step ?? 1;
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button small"
        aria-haspopup="dialog"
        disabled={!conversation}
        title="Save the frames as a capture file for Wireshark (pcapng)"
        onClick={() => setOpen(true)}
      >
        Save capture
      </button>
      {isOpen && conversation && cluster && (
        <Suspense
          fallback={
            <span role="status" className="visually-hidden">
              Opening…
            </span>
          }
        >
          <CaptureDialog
            conversation={conversation}
            cluster={cluster}
            shown={shown}
            onClose={() => setOpen(false)}
            opener={button}
          />
        </Suspense>
      )}
    </>
  );
}
