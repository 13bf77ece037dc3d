import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { browserFrames } from './store/clock.ts';
import { Session } from './store/session.ts';
import { SessionContext } from './ui/session.ts';
import { App } from './ui/shell/App.tsx';
import { timelineOf } from './ui/timelines.ts';
import { connectSimulation } from './worker/client.ts';
import './ui/fonts.css';
import './ui/theme.css';

let worker: Worker | undefined;

const session = new Session({
  connect: (onFailure) => {
    worker?.terminate();
    worker = new Worker(new URL('./worker/simulation.worker.ts', import.meta.url), { type: 'module' });
    return connectSimulation(worker, onFailure);
  },
  layOut: timelineOf,
  frames: browserFrames,
  now: () => performance.now(),
  storage: browserStorage(),
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SessionContext.Provider value={session}>
        <App />
      </SessionContext.Provider>
    </StrictMode>,
  );
  void session.open();
}

/** Reading `localStorage` throws where a browser forbids it. */
function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
