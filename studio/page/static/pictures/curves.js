/** Level over time and spectrum: a line for each stem, moved by its fader. */

import { clock, plain } from "../base/numbers.js";

const EDGE = { left: 34, right: 8, top: 8, bottom: 20 };
const SPAN_LU = 48; // of levels that are drawn, below the loudest
const SPAN_DB = 60;
const HERTZ = [50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** Levels over time; gives where time lies. */
export function drawLevels(made, colour, step_s, lines, duration_s) {
  const all = lines.flatMap((line) => line.values.filter((level) => level !== null));
  const high = Math.ceil((Math.max(...all, -30) + 1) / 6) * 6;
  const low = Math.max(high - SPAN_LU, Math.floor(Math.min(...all, high - 18) / 6) * 6);
  const { g, width, height } = made;
  const x = (s) => EDGE.left + (s / duration_s) * (width - EDGE.left - EDGE.right);
  const y = scale(high, low, height);
  grid(g, colour, width, y, high, low, high - low > 30 ? 12 : 6);
  ticks(g, colour, height, times(duration_s).map((s) => [x(s), clock(s)]));
  for (const line of lines) {
    const points = line.values.map((level, i) => (level === null ? null : [x((i + 0.5) * step_s), y(level)]));
    curve(g, line, points, height);
  }
  return { x };
}

/** Spectra, on a logarithmic axis. */
export function drawSpectrum(made, colour, bands, lines) {
  const { g, width, height } = made;
  const [first, last] = [Math.log(bands[0]), Math.log(bands[bands.length - 1])];
  const x = (hz) => EDGE.left + ((Math.log(hz) - first) / (last - first)) * (width - EDGE.left - EDGE.right);
  const all = lines.flatMap((line) => line.values.filter((level) => level !== null));
  const high = Math.ceil((Math.max(...all, -90) + 1) / 6) * 6;
  const low = high - SPAN_DB;
  const y = scale(high, low, height);
  grid(g, colour, width, y, high, low, 12);
  const shown = HERTZ.filter((hz) => hz >= bands[0] && hz <= bands[bands.length - 1]);
  ticks(g, colour, height, shown.map((hz) => [x(hz), hz >= 1000 ? `${hz / 1000} k` : String(hz)]));
  for (const line of lines) curve(g, line, line.values.map((level, band) => (level === null || level < low - 12 ? null : [x(bands[band]), y(level)])), height);
}

/** A line, broken where there is nothing. */
function curve(g, line, points, height) {
  g.save();
  g.beginPath();
  g.rect(EDGE.left, 0, 1e5, height - EDGE.bottom);
  g.clip();
  g.strokeStyle = line.colour;
  g.globalAlpha = line.alpha;
  g.lineWidth = line.width;
  g.lineJoin = "round";
  g.setLineDash(line.dash);
  g.beginPath();
  let open = false;
  for (const point of points) {
    if (!point) open = false;
    else if (open) g.lineTo(...point);
    else g.moveTo(...point);
    if (point) open = true;
  }
  g.stroke();
  g.restore();
}

function scale(high, low, height) {
  return (level) => EDGE.top + ((high - level) / (high - low)) * (height - EDGE.top - EDGE.bottom);
}

function grid(g, colour, width, y, high, low, step) {
  g.textBaseline = "middle";
  g.textAlign = "right";
  for (let level = high; level >= low; level -= step) {
    const at = Math.round(y(level)) + 0.5;
    g.strokeStyle = colour.faint;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(EDGE.left, at);
    g.lineTo(width - EDGE.right, at);
    g.stroke();
    g.fillStyle = colour.soft;
    g.fillText(plain(level, 0), EDGE.left - 6, at);
  }
}

function ticks(g, colour, height, marks) {
  g.textBaseline = "alphabetic";
  g.textAlign = "center";
  g.fillStyle = colour.soft;
  for (const [x, text] of marks) g.fillText(text, x, height - 5);
  g.textAlign = "left";
}

/** Round seconds. */
function times(duration_s) {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((one) => duration_s / one <= 7) ?? 600;
  return Array.from({ length: Math.floor(duration_s / step) + 1 }, (_, i) => i * step).filter((s) => s < duration_s - step * 0.3 || s === 0);
}
