import { memo, Suspense } from 'react';
import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { capsuleOf } from '../../scene/capsule.ts';
import type { Names } from '../../scene/names.ts';
import { narrate } from '../../scene/narration.ts';
import { stepLine } from '../../scene/stepLine.ts';
import { chipAt, type Stop, stopName, stopsOf } from '../../scene/stops.ts';
import { tryWords } from '../../scene/tries.ts';
import { MiddleCut } from '../controls/MiddleCut.tsx';
import { DropAdvice } from '../playback/lazyAdvice.ts';
import { endOf } from './ends.ts';

export interface PacketGroupProps {
  readonly trace: Trace;
  readonly names: Names;
  /** The how-manieth try it is, where it is a repetition. */
  readonly tries: number | undefined;
  /** The packet because of which it was sent. */
  readonly cause: Trace | undefined;
  readonly isOpen: boolean;
  /** The shown step, when it is one of this packet's. */
  readonly step: number | undefined;
  /** It is in the Tab order although no step is shown. */
  readonly isFirst: boolean;
  readonly onToggle: (trace: number) => void;
  readonly onShow: (step: number) => void;
}

/** One packet of the conversation: its name and end, and its way when unfolded. */
export const PacketGroup = memo(function PacketGroup(props: PacketGroupProps) {
  const { trace, names, tries, cause, isOpen, step, isFirst } = props;
  const first = trace.hops[0]?.steps[0];
  const end = endOf(trace.disposition);
  const capsule = first && capsuleOf(first.bytes, first.link);
  return (
    <li className="packet" data-role={trace.role} data-current={step !== undefined}>
      <button
        type="button"
        className="packet-head"
        aria-expanded={isOpen}
        tabIndex={isFirst ? 0 : -1}
        onClick={() => (step === undefined && !isOpen && first ? props.onShow(first.id) : props.onToggle(trace.id))}
      >
        <span className="fold" aria-hidden="true">
          {isOpen ? '▾' : '▸'}
        </span>
        <b className="mono">{tries === undefined ? trace.label : trace.label.replace(/, sent again$/, '')}</b>
        {tries !== undefined && <small>{tryWords(tries)}</small>}
        {capsule && trace.role !== 'control' && <span className="mono packet-to">→ {capsule.label}</span>}
        {capsule?.piece && <small>piece</small>}
        <small data-tone={end.tone}>{end.text}</small>
      </button>
      {isOpen && trace.role === 'error' && capsule?.quoted && cause && (
        <p className="packet-about">
          answers <b className="mono">{cause.label}</b> to <span className="mono">{capsule.quoted.label}</span>, which
          it quotes
        </p>
      )}
      {isOpen && (
        <ol className="stops">
          {stopsOf(trace).map((stop) => (
            <StopRow key={stop.key} stop={stop} trace={trace} names={names} step={step} onShow={props.onShow} />
          ))}
        </ol>
      )}
    </li>
  );
});

type DropStep = Extract<Step, { type: 'drop' }>;

interface StopRowProps {
  readonly stop: Stop;
  readonly trace: Trace;
  readonly names: Names;
  readonly step: number | undefined;
  readonly onShow: (step: number) => void;
}

function StopRow({ stop, trace, names, step, onShow }: StopRowProps) {
  const isCurrent = stop.steps.some(({ id }) => id === step);
  const chip = chipAt(stop, names);
  const name = stopName(stop.place);
  const where = names.netns(stop.place.netns).replace(/^the /, '');
  const drop = stop.steps.find((each): each is DropStep => each.type === 'drop');
  return (
    <li className="stop" data-current={isCurrent} data-lane={stop.place.lane}>
      <button
        type="button"
        className="stop-head"
        tabIndex={-1}
        onClick={() => onShow(tellingStep(stop, names))}
        data-enters={stop.entersHop}
      >
        <span className="n">
          {stop.entersHop && <span className="visually-hidden">hop </span>}
          {stop.entersHop ? stop.hop : ''}
        </span>
        <span className="stop-name" title={`${where} ${name.text}`}>
          <span className="where">
            <MiddleCut text={where} />
          </span>
          <span className={name.terminal ? 'mono at' : 'at'}>{name.text}</span>
        </span>
        {chip && (
          <span className={chip.terminal ? 'chip mono' : 'chip'} data-tone={chip.tone} title={chip.text}>
            <MiddleCut text={chip.text} />
          </span>
        )}
      </button>
      {isCurrent && (
        <ol className="steps">
          {stop.steps.map((each) => (
            <li key={each.id}>
              <button
                type="button"
                className="step mono"
                data-drop={each.type === 'drop'}
                title={narrate(each, trace, names)}
                tabIndex={each.id === step ? 0 : -1}
                aria-current={each.id === step ? 'step' : undefined}
                onClick={() => onShow(each.id)}
              >
                {stepLine(each)}
              </button>
            </li>
          ))}
        </ol>
      )}
      {drop && (
        <Suspense>
          <DropAdvice step={drop} trace={trace} names={names} />
        </Suspense>
      )}
    </li>
  );
}

/** Of a stop's steps the one whose chip is shown: choosing the stop shows that decision. */
function tellingStep(stop: Stop, names: Names): number {
  const chip = chipAt(stop, names);
  const telling = stop.steps.find((step: Step) => chipAt({ ...stop, steps: [step] }, names)?.text === chip?.text);
  return (telling ?? stop.steps[0])?.id ?? stop.key;
}
