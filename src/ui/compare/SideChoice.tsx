import { UNDERLAYS } from '../../datamodel/cluster/underlay.ts';
import { byProject, CNI_NAMES } from '../../store/cniNames.ts';
import { PROXY_NAMES } from '../../store/proxyNames.ts';
import { UNDERLAY_NAMES } from '../../store/underlayNames.ts';
import { type Choice, CNIS, MODES, modesBeside, withCni } from './modes.ts';

export interface SideChoiceProps {
  readonly side: 'A' | 'B';
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
}

/** Under what one side's packets run. */
export function SideChoice({ side, choice, onChange }: SideChoiceProps) {
  return (
    <fieldset className="compare-side-choice" data-side={side}>
      <legend className="visually-hidden">Side {side}</legend>
      <span className="compare-side" aria-hidden="true">
        {side}
      </span>
      <select
        className="select"
        aria-label={`kube-proxy mode of ${side}`}
        value={choice.proxyMode}
        onChange={({ target }) => {
          const proxyMode = MODES.find((mode) => mode === target.value);
          if (proxyMode) onChange({ ...choice, proxyMode });
        }}
      >
        {modesBeside(choice.cni).map((mode) => (
          <option key={mode} value={mode}>
            {PROXY_NAMES[mode]}
          </option>
        ))}
      </select>
      <select
        className="select"
        aria-label={`CNI of ${side}`}
        value={choice.cni}
        onChange={({ target }) => {
          const cni = CNIS.find((name) => name === target.value);
          if (cni) onChange(withCni(choice, cni));
        }}
      >
        {byProject(CNIS).map(([project, backends]) => (
          <optgroup key={project} label={project}>
            {backends.map((cni) => (
              <option key={cni} value={cni}>
                {CNI_NAMES[cni]}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      <select
        className="select"
        aria-label={`Underlay of ${side}`}
        value={choice.underlay}
        onChange={({ target }) => {
          const underlay = UNDERLAYS.find((name) => name === target.value);
          if (underlay) onChange({ ...choice, underlay });
        }}
      >
        {UNDERLAYS.map((underlay) => (
          <option key={underlay} value={underlay}>
            {UNDERLAY_NAMES[underlay]}
          </option>
        ))}
      </select>
    </fieldset>
  );
}
