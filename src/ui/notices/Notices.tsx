import { lazy, Suspense } from 'react';
import { useApp } from '../session.ts';

const Toasts = lazy(() => import('./Toasts.tsx').then(({ Toasts }) => ({ default: Toasts })));

/** News and troubles in passing. Their machinery loads with the first of them. */
export function Notices() {
  const notices = useApp((state) => state.notices);
  return notices.length === 0 ? null : (
    <Suspense>
      <Toasts notices={notices} />
    </Suspense>
  );
}
