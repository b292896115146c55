/** On the safe side of what common fonts take, in shares of the font size. */
const NARROW = 0.38;
const ORDINARY = 0.62;
const BROAD = 0.8;
const FULL = 1.05;

const NARROW_CHARACTERS = /[iljtfrI.,:;'"|!()[\]/\\ ]/;
const BROAD_CHARACTERS = /[A-Zmw@%&_]/;

/** About how wide a text is, in pixels: nothing here can measure it. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += shareOf(character);
  return width * size;
}

/** As much of a text as there is room for. */
export function fitText(text: string, size: number, room: number): string {
  if (textWidth(text, size) <= room) return text;
  let width = FULL * size;
  let kept = "";
  for (const character of text) {
    width += shareOf(character) * size;
    if (width > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

function shareOf(character: string): number {
  return LATIN[character.charCodeAt(0)] ?? (character > "\u2E80" ? FULL : BROAD);
}

/** Looked up for every character of every name. */
const LATIN: readonly number[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (NARROW_CHARACTERS.test(character)) return NARROW;
  return BROAD_CHARACTERS.test(character) ? BROAD : ORDINARY;
});
