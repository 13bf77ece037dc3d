/** What a person has chosen about the looks, kept in this browser. */
export interface Preferences {
  readonly theme: 'system' | 'dark' | 'light';
  readonly speed: number;
  readonly level: 'cluster' | 'plumbing' | 'kernel';
  readonly follow: 'everything' | 'request';
  /** In CSS pixels. */
  readonly dockHeight: number;
  readonly inspectorWidth: number;
}

export const SPEEDS: readonly number[] = [0.25, 0.5, 1, 1.5, 2, 4, 8];

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  speed: 1,
  level: 'plumbing',
  follow: 'everything',
  dockHeight: 184,
  inspectorWidth: 384,
};

const KEY = 'hopscope.preferences';
export const DOCK_HEIGHT = { least: 96, most: 640 };
export const INSPECTOR_WIDTH = { least: 320, most: 640 };

/** Where preferences are kept: localStorage, which may be forbidden or full. */
export interface PreferenceStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** What was stored, field by field; anything else than a known value is left out. */
export function readPreferences(storage: PreferenceStorage | undefined): Preferences {
  let stored: unknown;
  try {
    stored = JSON.parse(storage?.getItem(KEY) ?? 'null');
  } catch {
    return DEFAULT_PREFERENCES;
  }
  if (typeof stored !== 'object' || stored === null) return DEFAULT_PREFERENCES;
  const values = new Map<string, unknown>(Object.entries(stored));
  return {
    theme: oneOf(values.get('theme'), ['system', 'dark', 'light'] as const, DEFAULT_PREFERENCES.theme),
    speed: oneOf(values.get('speed'), SPEEDS, DEFAULT_PREFERENCES.speed),
    level: oneOf(values.get('level'), ['cluster', 'plumbing', 'kernel'] as const, DEFAULT_PREFERENCES.level),
    follow: oneOf(values.get('follow'), ['everything', 'request'] as const, DEFAULT_PREFERENCES.follow),
    dockHeight: within(values.get('dockHeight'), DOCK_HEIGHT, DEFAULT_PREFERENCES.dockHeight),
    inspectorWidth: within(values.get('inspectorWidth'), INSPECTOR_WIDTH, DEFAULT_PREFERENCES.inspectorWidth),
  };
}

/** Never throws: a browser that keeps nothing still works. */
export function writePreferences(storage: PreferenceStorage | undefined, preferences: Preferences): void {
  try {
    storage?.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // private windows and full disks: the choice holds until the page is closed
  }
}

export interface Range {
  readonly least: number;
  readonly most: number;
}

export function clamp(value: number, { least, most }: Range): number {
  return Math.min(most, Math.max(least, value));
}

function oneOf<T>(value: unknown, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function within(value: unknown, range: Range, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.round(clamp(value, range)) : otherwise;
}
