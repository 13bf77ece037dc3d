import { lazy, Suspense, useState } from 'react';
import { DETAIL_LEVELS, type DetailLevel } from '../../scene/detail.ts';
import type { Preferences } from '../../store/preferences.ts';
import { Logo } from '../controls/icons.tsx';
import { Segmented } from '../controls/Segmented.tsx';
import { useApp, useSession } from '../session.ts';
import type { LayoutKind } from '../shell/useLayoutKind.ts';
import { Cni } from './Cni.tsx';
import { PodMtu } from './PodMtu.tsx';
import { ProxyMode } from './ProxyMode.tsx';
import { Underlay } from './Underlay.tsx';
import './header.css';

const Changes = lazy(() => import('../changes/Changes.tsx').then(({ Changes }) => ({ default: Changes })));

const LEVEL_NAMES: Readonly<Record<DetailLevel, string>> = {
  cluster: 'Cluster',
  plumbing: 'Plumbing',
  kernel: 'Kernel',
};
const THEMES: readonly Preferences['theme'][] = ['system', 'dark', 'light'];

export interface HeaderProps {
  readonly layout: LayoutKind;
  readonly onInPlace: () => void;
  readonly onChoosing: () => void;
  readonly onCompare: () => void;
  readonly onSurprises: () => void;
  readonly onHelp: () => void;
}

export function Header({ layout, onInPlace, onChoosing, onCompare, onSurprises, onHelp }: HeaderProps) {
  const session = useSession();
  const changed = useChanged();
  return (
    <header className="header" data-layout={layout}>
      {layout !== 'drawers' && (
        <a className="skip-link" href="#hop-list">
          Skip to the hop list
        </a>
      )}
      <h1 className="logo">
        <Logo />
        <span>Hopscope</span>
      </h1>
      {layout !== 'full' && (
        <div className="header-panels">
          <button type="button" className="button primary" onClick={() => void session.send()}>
            Send
          </button>
          <button type="button" className="button" onClick={() => session.select({ panel: 'composer' })}>
            Request…
          </button>
          {layout === 'drawers' && (
            <button type="button" className="button" onClick={() => session.select({ panel: 'inspector' })}>
              Hops and packet
            </button>
          )}
        </div>
      )}
      <Settings onInPlace={onInPlace} onChoosing={onChoosing} />
      <div className="header-end">
        {changed && (
          <Suspense>
            <Changes />
          </Suspense>
        )}
        <button
          type="button"
          id="open-compare"
          className={layout === 'phone' ? 'button square' : 'button'}
          aria-label="Compare"
          aria-haspopup="dialog"
          onClick={onCompare}
        >
          {layout === 'phone' ? '≠' : 'Compare'}
        </button>
        <button
          type="button"
          id="open-surprises"
          className={layout === 'phone' ? 'button square' : 'button'}
          aria-label="Surprises"
          aria-haspopup="dialog"
          onClick={onSurprises}
        >
          {layout === 'phone' ? '!' : 'Surprises'}
        </button>
        <ThemeButton isSquare={layout === 'phone'} />
        <button
          type="button"
          className="button square"
          aria-label="Help and keys"
          aria-haspopup="dialog"
          onClick={onHelp}
        >
          ?
        </button>
      </div>
    </header>
  );
}

/** Whether anything was changed since the page was opened: the list of changes closes itself when the last one is gone. */
function useChanged(): boolean {
  const has = useApp((state) => (state.cluster.view?.edits?.length ?? 0) > 0);
  const [had, setHad] = useState(has);
  if (has && !had) setHad(true);
  return has || had;
}

function Settings({ onInPlace, onChoosing }: Pick<HeaderProps, 'onInPlace' | 'onChoosing'>) {
  const session = useSession();
  const level = useApp((state) => state.preferences.level);
  return (
    <div className="header-settings">
      <Cni onInPlace={onInPlace} onChoosing={onChoosing} />
      <Underlay />
      <ProxyMode />
      <PodMtu />
      <Segmented
        label="Detail"
        value={level}
        options={DETAIL_LEVELS.map((value) => ({ value, label: LEVEL_NAMES[value] }))}
        onChange={(value) => session.prefer({ level: value })}
      />
    </div>
  );
}

const WORDS: Readonly<Record<Preferences['theme'], string>> = { system: 'Auto', dark: 'Dark', light: 'Light' };
const SIGNS: Readonly<Record<Preferences['theme'], string>> = { system: '◐', dark: '●', light: '○' };

function ThemeButton({ isSquare }: { readonly isSquare: boolean }) {
  const session = useSession();
  const theme = useApp((state) => state.preferences.theme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <button
      type="button"
      className={isSquare ? 'button square' : 'button'}
      aria-label={`Theme: ${theme}. Change to ${next}`}
      onClick={() => session.prefer({ theme: next })}
    >
      {isSquare ? SIGNS[theme] : WORDS[theme]}
    </button>
  );
}
