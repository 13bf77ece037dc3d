import { type CSSProperties, lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { Composer } from '../composer/Composer.tsx';
import { Dock } from '../dock/Dock.tsx';
import { Header } from '../header/Header.tsx';
import { Inspector } from '../inspector/Inspector.tsx';
import { Notices } from '../notices/Notices.tsx';
import { PlaybackBar } from '../playback/PlaybackBar.tsx';
import { usePlaybackKeys } from '../playback/usePlaybackKeys.ts';
import { useApp, useSession } from '../session.ts';
import { Center } from './Center.tsx';
import { Guard } from './Guard.tsx';
import { Splitter } from './Splitter.tsx';
import { useFileDrop } from './useFileDrop.ts';
import { useLayoutKind } from './useLayoutKind.ts';
import { useTheme } from './useTheme.ts';
import '../base.css';
import './app.css';
import '../forcedColors.css';

const Drawer = lazy(() => import('../dialogs/Drawer.tsx').then(({ Drawer }) => ({ default: Drawer })));
const Surprises = lazy(() => import('../surprises/Surprises.tsx').then(({ Surprises }) => ({ default: Surprises })));
const SurpriseStrip = lazy(() =>
  import('../surprises/SurpriseStrip.tsx').then(({ SurpriseStrip }) => ({ default: SurpriseStrip })),
);
const Compare = lazy(() => import('../compare/Compare.tsx').then(({ Compare }) => ({ default: Compare })));
const Addresses = lazy(() => import('../addresses/Addresses.tsx').then(({ Addresses }) => ({ default: Addresses })));
const FlipStrip = lazy(() => import('../flip/FlipStrip.tsx').then(({ FlipStrip }) => ({ default: FlipStrip })));
const Choosing = lazy(() => import('../choosing/Choosing.tsx').then(({ Choosing }) => ({ default: Choosing })));
const InPlaceDialog = lazy(() =>
  import('../flip/InPlaceDialog.tsx').then(({ InPlaceDialog }) => ({ default: InPlaceDialog })),
);
const Help = lazy(() => import('../dialogs/Help.tsx').then(({ Help }) => ({ default: Help })));

export function App() {
  const session = useSession();
  const layout = useLayoutKind();
  const [help, setHelp] = useState(false);
  const panel = useApp((state) => state.selection.panel);
  const addresses = useApp((state) => state.selection.addresses);
  const dockHeight = useApp((state) => state.preferences.dockHeight);
  const inspectorWidth = useApp((state) => state.preferences.inspectorWidth);
  const conversation = useApp((state) => state.traffic.conversation);
  // undefined until they were asked for: nothing of them is loaded before
  const [surprises, setSurprises] = useState<'open' | 'closed' | undefined>(undefined);
  const [compare, setCompare] = useState<'open' | 'flip' | undefined>(undefined);
  const flip = useApp((state) => state.cluster.flip);
  const [inPlace, setInPlace] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const openInPlace = useCallback(() => setInPlace(true), []);
  const openHelp = useCallback(() => setHelp(true), []);
  const openSurprises = useCallback(() => setSurprises('open'), []);
  const openCompare = useCallback(() => setCompare('open'), []);
  const closePanel = useCallback(() => session.select({ panel: undefined }), [session]);
  useEffect(() => {
    // everything is in sight: nothing has to come forward, now or when the window gets narrower
    if (layout === 'full' && panel) closePanel();
  }, [layout, panel, closePanel]);
  useTheme();
  const openChoosing = useCallback(() => setChoosing(true), []);
  usePlaybackKeys(openHelp, openSurprises, openCompare, openChoosing);
  const dropping = useFileDrop();
  const sizes: CSSProperties & Record<`--${string}`, string> = {
    '--dock-height': `${dockHeight}px`,
    '--inspector-width': `${inspectorWidth}px`,
  };

  return (
    <div className="app" data-layout={layout} style={sizes}>
      <Header
        layout={layout}
        onInPlace={openInPlace}
        onChoosing={openChoosing}
        onCompare={openCompare}
        onSurprises={openSurprises}
        onHelp={openHelp}
      />
      {surprises && (
        <Suspense>
          <SurpriseStrip onAll={openSurprises} />
        </Suspense>
      )}
      {layout === 'full' && (
        <aside className="app-left" aria-label="Send traffic">
          <Composer />
        </aside>
      )}
      <main className="app-center">
        {flip && (
          <Suspense>
            <FlipStrip flip={flip} onCompare={() => setCompare('flip')} onInPlace={openInPlace} />
          </Suspense>
        )}
        <Center />
        <PlaybackBar />
      </main>
      {layout !== 'drawers' && (
        <aside className="app-right" aria-label="Hops and packet">
          {layout === 'full' && <Splitter side="inspector" />}
          <Guard what="The hop list" attempt={conversation}>
            <Inspector />
          </Guard>
        </aside>
      )}
      <section className="app-dock" aria-label="Tables and manifests">
        {layout !== 'phone' && <Splitter side="dock" />}
        <Guard what="The table" attempt={conversation}>
          <Dock />
        </Guard>
      </section>
      <Notices />
      {dropping && <p className="drop-hint">Drop manifests to load them in place of this cluster</p>}
      <Suspense>
        {layout !== 'full' && panel === 'composer' && (
          <Drawer title="Send traffic" side="left" onClose={closePanel}>
            <Composer onSent={closePanel} />
          </Drawer>
        )}
        {layout === 'drawers' && panel === 'inspector' && (
          <Drawer title="Hops and packet" side="right" onClose={closePanel}>
            <Inspector />
          </Drawer>
        )}
        {surprises === 'open' && <Surprises onClose={() => setSurprises('closed')} />}
        {compare && (
          <Compare
            sides={compare === 'flip' && flip ? [flip.before, flip.after] : undefined}
            onClose={() => setCompare(undefined)}
          />
        )}
        {addresses && <Addresses onClose={() => session.select({ addresses: false })} />}
        {choosing && <Choosing onClose={() => setChoosing(false)} />}
        {inPlace && <InPlaceDialog onClose={() => setInPlace(false)} />}
        {help && <Help onClose={() => setHelp(false)} />}
      </Suspense>
    </div>
  );
}
