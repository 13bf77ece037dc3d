const SELECTORS = {
  tunnel: '.stage-shell-tunnel',
  ip: '.stage-shell-ip',
  l4: '.stage-shell-l4',
  data: '.stage-shell-data',
  label: '.stage-capsule-label',
  mark: '.stage-capsule-mark',
  markBox: '.stage-capsule-mark rect',
  markText: '.stage-capsule-mark text',
  quoted: '.stage-capsule-quoted',
  quotedIp: '.stage-capsule-quoted .stage-shell-ip',
  quotedL4: '.stage-capsule-quoted .stage-shell-l4',
  quotedText: '.stage-capsule-quoted text',
  badge: '.stage-capsule-badge',
  badgeBox: '.stage-capsule-badge rect',
  badgeText: '.stage-capsule-badge text',
  drop: '.stage-capsule-drop',
  shards: '.stage-shards',
  dropBox: '.stage-capsule-drop rect',
  dropText: '.stage-capsule-drop text',
  waitBox: '.stage-wait-box',
  waitHand: '.stage-wait-hand',
  waitText: '.stage-wait-text',
} as const;

export type PartName = keyof typeof SELECTORS | 'root';

/** The elements of a capsule or of a wait's clock, with what they were last told: a frame that changes nothing writes nothing. */
export class Parts {
  readonly #elements = new Map<PartName, SVGElement>();
  readonly #told = new Map<PartName, Map<string, string>>();

  constructor(root: SVGGElement) {
    this.#elements.set('root', root);
    for (const [name, selector] of Object.entries(SELECTORS)) {
      const element = root.querySelector<SVGElement>(selector);
      if (element) this.#elements.set(name as PartName, element);
    }
  }

  set(part: PartName, attribute: string, value: string): void {
    if (this.#remember(part, attribute, value)) this.#elements.get(part)?.setAttribute(attribute, value);
  }

  show(part: PartName, shown: boolean): void {
    this.set(part, 'display', shown ? 'inline' : 'none');
  }

  text(part: PartName, text: string): void {
    const element = this.#elements.get(part);
    if (element && this.#remember(part, '', text)) element.textContent = text;
  }

  box(part: PartName, x: number, y: number, width: number, height: number, radius: number): void {
    this.set(part, 'x', x.toFixed(1));
    this.set(part, 'y', y.toFixed(1));
    this.set(part, 'width', width.toFixed(1));
    this.set(part, 'height', height.toFixed(1));
    this.set(part, 'rx', radius.toFixed(1));
  }

  #remember(part: PartName, attribute: string, value: string): boolean {
    let told = this.#told.get(part);
    if (!told) {
      told = new Map();
      this.#told.set(part, told);
    }
    if (told.get(attribute) === value) return false;
    told.set(attribute, value);
    return true;
  }
}
