import { useEffect } from 'react';
import { useApp } from '../session.ts';

/** Puts the chosen theme on the document; `system` follows the system's as it changes. */
export function useTheme(): void {
  const theme = useApp((state) => state.preferences.theme);
  useEffect(() => {
    const light = matchMedia('(prefers-color-scheme: light)');
    const put = (): void => {
      document.documentElement.dataset.theme = theme === 'system' ? (light.matches ? 'light' : 'dark') : theme;
    };
    put();
    light.addEventListener('change', put);
    return () => light.removeEventListener('change', put);
  }, [theme]);
}
