/** Numbers as people read them: real minus signs, one decimal, always a unit; and as they are spoken. */

const MINUS = "\u2212";
const SPACE = "\u00a0";

/** "+3.5", "−5.7" or "0.0". */
export function signed(value, digits = 1) {
  const size = Math.abs(value).toFixed(digits);
  if (Number(size) === 0) return size;
  return (value < 0 ? MINUS : "+") + size;
}

/** "+3.5 dB". */
export const db = (value, digits = 1) => `${signed(value, digits)}${SPACE}dB`;

/** "−14.2 LUFS": a level, which has a minus but no plus. */
export const lufs = (value) => (value === null || value === undefined ? `no${SPACE}level` : `${plain(value)}${SPACE}LUFS`);

/** "-5.7" with a real minus sign. */
export const plain = (value, digits = 1) => value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, "$1").replace("-", MINUS);

/** "75 %" of a chance of 0.75. */
export const percent = (share) => `${Math.round(100 * share)}${SPACE}%`;

/** "plus 3.5 decibels", for screen readers. */
export function spoken(value) {
  const size = Math.abs(value).toFixed(1);
  if (Number(size) === 0) return "0 decibels";
  return `${value < 0 ? "minus" : "plus"} ${size} decibels`;
}

/** "1:05". */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "250 Hz", "2 kHz". */
export const hertz = (hz) => (hz >= 1000 ? `${Number((hz / 1000).toPrecision(2))}${SPACE}kHz` : `${Math.round(hz)}${SPACE}Hz`);

/** "1.5 GB". */
export function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB"];
  let at = 0;
  while (count >= 1000 && at < units.length - 1) {
    count /= 1000;
    at += 1;
  }
  return `${at ? Number(count.toPrecision(2)) : count}${SPACE}${units[at]}`;
}

/** What comes from the server with ASCII signs, as it is printed: "-5.7 dB" becomes "−5.7 dB", unbroken. */
export const printed = (text) => text.replace(/(^|[\s(])-(?=\d)/g, `$1${MINUS}`).replace(/(\d) (?=(?:dB|LU|LUFS|dBTP|%|s|Hz|kHz)\b|%)/g, `$1${SPACE}`);

/** Decibels to a factor. */
export const factor = (gainDb) => 10 ** (gainDb / 20);

/** To the nearest tenth, without a negative zero. */
export const tenth = (value) => Math.round(value * 10) / 10 + 0;
