import type { Step } from '../../datamodel/flow/step.ts';
import type { Trace } from '../../datamodel/flow/trace.ts';
import { advise, kernelName } from '../../scene/advice/advise.ts';
import type { Names } from '../../scene/names.ts';

export interface DropAdviceProps {
  readonly step: Extract<Step, { type: 'drop' }>;
  readonly trace: Trace;
  readonly names: Names;
}

/** What to do about a drop, under whatever tells of it. */
export function DropAdvice({ step, trace, names }: DropAdviceProps) {
  return (
    <p className="advice" data-testid="advice" title={kernelName(step.reason)}>
      <b>What to do:</b> {advise(step, trace, names)}
    </p>
  );
}
