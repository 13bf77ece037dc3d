import { selection } from 'd3-selection';

// Stands in for d3-transition in the built app (see vite.config.ts). Of that library d3-zoom wants only to stop what is under
// way on an element; a packet moves the stage step by step and a hand at once, so that nothing ever is.
Object.assign(selection.prototype, {
  interrupt() {
    return this;
  },
});

/** Stops the transition of an element: there is none. */
export function interrupt(): void {}
