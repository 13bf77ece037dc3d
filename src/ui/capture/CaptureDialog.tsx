import { Dialog } from 'radix-ui';
import { type FormEvent, type RefObject, useId, useMemo, useState } from 'react';
import type { ClusterView } from '../../datamodel/cluster/view.ts';
import type { Conversation } from '../../datamodel/flow/trace.ts';
import { framesAtInterfaces } from '../../print/captureInterfaces.ts';
import { chosenFrames, conversationPcapng } from '../../print/conversationPcapng.ts';
import { count } from '../../scene/describe.ts';
import { Icon } from '../controls/icons.tsx';
import { timelineOf } from '../timelines.ts';
import { type Choice, download, fileName, readChoice } from './selection.ts';
import '../dialogs/dialogs.css';
import './capture.css';

export interface CaptureDialogProps {
  readonly conversation: Conversation;
  readonly cluster: ClusterView;
  /** 1-based place of the shown step: where the recording ends unless somebody says otherwise. */
  readonly shown: number;
  readonly onClose: () => void;
  /** Has the focus again afterwards. */
  readonly opener: RefObject<HTMLElement | null>;
}

/** Saves what was captured: all of it or a stretch of the time line, at every interface or at one. */
export function CaptureDialog({ conversation, cluster, shown, onClose, opener }: CaptureDialogProps) {
  const timeline = timelineOf(conversation);
  const frames = useMemo(() => [...framesAtInterfaces(conversation)], [conversation]);
  const [choice, setChoice] = useState<Choice>({ range: 'whole', first: '1', last: String(shown), interface: '' });
  const id = useId();
  const read = readChoice(choice, timeline);
  const chosen = read.ok ? chosenFrames(conversation, read.selection) : [];
  const change = (part: Partial<Choice>): void => setChoice((before) => ({ ...before, ...part }));

  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (!read.ok) return;
    download(Uint8Array.from(conversationPcapng(conversation, cluster, read.selection)), fileName(conversation));
    onClose();
  };

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog capture"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            opener.current?.focus();
          }}
        >
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">Save capture</Dialog.Title>
            <Dialog.Close className="control" aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <form onSubmit={save}>
            <fieldset className="capture-range">
              <legend>What of the time line</legend>
              <label>
                <input
                  type="radio"
                  name={`${id}-range`}
                  checked={choice.range === 'whole'}
                  onChange={() => change({ range: 'whole' })}
                />
                The whole conversation
              </label>
              <div className="capture-steps">
                <label>
                  <input
                    type="radio"
                    name={`${id}-range`}
                    checked={choice.range === 'steps'}
                    onChange={() => change({ range: 'steps' })}
                  />
                  From step
                </label>
                {(['first', 'last'] as const).map((end) => (
                  <span key={end}>
                    {end === 'last' && 'to '}
                    <input
                      className="capture-step mono"
                      aria-label={end === 'first' ? 'First step' : 'Last step'}
                      inputMode="numeric"
                      autoComplete="off"
                      maxLength={9}
                      value={choice[end]}
                      aria-invalid={!read.ok}
                      aria-describedby={read.ok ? undefined : `${id}-problem`}
                      onChange={(event) => change({ range: 'steps', [end]: event.target.value })}
                    />
                  </span>
                ))}
                <span>of {timeline.segments.length}</span>
              </div>
            </fieldset>
            <label className="capture-interface">
              <span>Where</span>
              <select
                className="select"
                value={choice.interface}
                onChange={(event) => change({ interface: event.target.value })}
              >
                <option value="">every interface</option>
                {frames.map(([name, number]) => (
                  <option key={name} value={name}>
                    {name} ({count(number, 'frame')})
                  </option>
                ))}
              </select>
            </label>
            <p className="capture-sum" aria-live="polite" id={`${id}-problem`} data-problem={!read.ok}>
              {read.ok ? sumOf(chosen) : `${read.problem}.`}
            </p>
            <div className="capture-end">
              <span className="mono capture-name">{fileName(conversation)}</span>
              <button type="submit" className="button primary" disabled={!read.ok}>
                Save
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function sumOf(frames: ReturnType<typeof chosenFrames>): string {
  if (frames.length === 0) return 'No frame was seen there and then: the file would say only where it was captured.';
  const bytes = frames.reduce((sum, { bytes: own }) => sum + own.length, 0);
  return `${count(frames.length, 'frame')}, ${bytes.toLocaleString('en')} B in all, as pcapng for Wireshark.`;
}
