import { lazy } from 'react';

/** The advice, which the first picture does without. */
export const DropAdvice = lazy(() => import('./DropAdvice.tsx').then((module) => ({ default: module.DropAdvice })));
