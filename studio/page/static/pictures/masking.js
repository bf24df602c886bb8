/** Who covers whom: a row for each pair, over the frequencies. */

import { hertz, percent } from "../base/numbers.js";
import { fitted } from "./canvas.js";

const MOST = 8; // rows
const NAMES = 150;
const EDGE = { right: 44, bottom: 20, top: 4 };
const FROM_HZ = 30;
const TO_HZ = 16000;
const HERTZ = [100, 500, 2000, 8000];

/** The pairs that matter most, the worst first; those of a chosen stem first of all. */
export function maskingRows(masking, selected = null) {
  const sorted = [...masking].sort((a, b) => (b.stem === selected) - (a.stem === selected) || b.percent - a.percent);
  return sorted.slice(0, MOST);
}

/** A pair in words. */
export const maskingText = ({ stem, by, band_hz: [low, high], percent: share }) => `${stem} is covered by ${by} for ${percent(share / 100)} of its time, ${hertz(low)} to ${hertz(high)}`;

/** Draws them. */
export function drawMasking({ g, width, height }, colour, masking, selected) {
  const rows = maskingRows(masking, selected);
  g.textBaseline = "middle";
  if (!rows.length) {
    g.fillStyle = colour.soft;
    g.textAlign = "center";
    g.fillText("No stem is covered by another for much of its time.", width / 2, height / 2);
    g.textAlign = "left";
    return;
  }
  const left = Math.min(NAMES, width * 0.4);
  const x = (hz) => left + (Math.log(hz / FROM_HZ) / Math.log(TO_HZ / FROM_HZ)) * (width - left - EDGE.right);
  const tall = Math.min(30, (height - EDGE.bottom - EDGE.top) / rows.length);
  for (const hz of HERTZ) {
    g.fillStyle = colour.faint;
    g.fillRect(Math.round(x(hz)), EDGE.top, 1, tall * rows.length);
    g.fillStyle = colour.soft;
    g.textAlign = "center";
    g.fillText(hz >= 1000 ? `${hz / 1000} k` : String(hz), x(hz), EDGE.top + tall * rows.length + 11);
  }
  g.textAlign = "left";
  rows.forEach((row, i) => {
    const y = EDGE.top + tall * (i + 0.5);
    const on = selected === null || row.stem === selected;
    g.globalAlpha = on ? 1 : 0.45;
    g.fillStyle = colour.ink;
    const stem = fitted(g, row.stem, left * 0.46);
    g.fillText(stem, 0, y);
    g.fillStyle = colour.soft;
    g.fillText(fitted(g, ` under ${row.by}`, left - 8 - g.measureText(stem).width), g.measureText(stem).width, y);
    const [low, high] = row.band_hz;
    g.fillStyle = colour.lower;
    g.globalAlpha = (on ? 1 : 0.5) * (0.2 + 0.7 * (row.percent / 100));
    g.beginPath();
    g.roundRect(x(low), y - tall * 0.32, x(high) - x(low), tall * 0.64, 3);
    g.fill();
    g.globalAlpha = on ? 1 : 0.6;
    g.fillStyle = colour.soft;
    g.textAlign = "right";
    g.fillText(percent(row.percent / 100), width - 4, y);
    g.textAlign = "left";
  });
  g.globalAlpha = 1;
}
