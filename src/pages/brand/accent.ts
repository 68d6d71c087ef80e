/** Of red, green and blue, each 0 to 255. */
type Color = readonly [number, number, number];

/** What a client's colour becomes on pages of ours, in one colour scheme. Names as in gatehouse.css. */
export interface Accent {
  accent: string;
  accentStrong: string;
  onAccent: string;
  tint: string;
}

/** As in gatehouse.css: what the colour has to be read on, and which way it moves until it can be. */
const schemes = {
  light: { ground: '#f4f5f2', surface: '#fffffe', away: '#000000', onAccent: '#ffffff' },
  dark: { ground: '#0f1312', surface: '#181d1c', away: '#ffffff', onAccent: '#0b0f0e' },
} as const;

/** Text (WCAG 2.2, success criterion 1.4.3). */
const leastContrast = 4.5;

/**
 * The colour itself where it can be read, otherwise as near to it as it can.
 * @param color #rrggbb
 */
export function accentOf(color: string, scheme: keyof typeof schemes): Accent {
  const { ground, surface, away, onAccent } = schemes[scheme];
  const tint = mix(surface, color, 0.1);
  const isReadable = (candidate: string) =>
    [ground, surface, tint, onAccent].every(other => contrast(candidate, other) >= leastContrast);
  let accent = color.toLowerCase();
  for (let share = 0; !isReadable(accent) && share < 1; share += 0.02) accent = mix(color, away, share);
  return { accent, accentStrong: mix(accent, away, 0.25), onAccent, tint };
}

/** The tokens of gatehouse.css that depend on the colour. */
export function accentStylesheet(color: string): string {
  const tokens = (scheme: keyof typeof schemes) => {
    const { accent, accentStrong, onAccent, tint } = accentOf(color, scheme);
    return `{--accent:${accent};--accent-strong:${accentStrong};--on-accent:${onAccent};--tint:${tint}}`;
  };
  const dark = tokens('dark');
  return (
    `:root${tokens('light')}@media (prefers-color-scheme:dark){:root:not([data-theme=light])${dark}}` +
    `:root[data-theme=dark]${dark}`
  );
}

/** Between 1 and 21 (WCAG 2.2, definition of contrast ratio). */
export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(parse(one)), luminance(parse(other))].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Color): number {
  const [red, green, blue] = color.map(value => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Color;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(from: string, to: string, share: number): string {
  const target = parse(to);
  const mixed = parse(from).map((value, index) => Math.round(value + ((target[index] ?? 0) - value) * share));
  return `#${mixed.map(value => value.toString(16).padStart(2, '0')).join('')}`;
}

function parse(color: string): Color {
  return [1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16)) as unknown as Color;
}
