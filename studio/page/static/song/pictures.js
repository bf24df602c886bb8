/** The song's pictures: sections, waveform, bars and chords over time; and the spectrum beside the usual one. */

import { el } from "../base/dom.js";
import { clock, hertz, plain } from "../base/numbers.js";
import { state } from "../base/store.js";
import { fitted, palette, prepared, redrawn } from "../pictures/canvas.js";

const EDGE = { left: 30, right: 6, foot: 18 };
const NOTES = ["C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B"];
const MOST_LINES = 160;
const SPAN_DB = 42;
const HERTZ = [50, 100, 200, 500, 1000, 2000, 5000, 10000];

/** Fills the place of the pictures; gives what draws them anew. */
export function pictures(place) {
  const time = figure("timeline", "Sections in letters over the waveform, lines at bars; below, the notes of the chords, their roots strong.");
  const spectrum = figure("usual", "The mix in thirds of an octave; dashed, the usual line, which falls 4.5 dB per octave.");
  place.append(time.root, spectrum.root);
  const ways = [[time, drawTimeline], [spectrum, drawUsual]].map(([one, way]) =>
    redrawn(one.canvas, () => {
      const made = prepared(one.canvas);
      if (made && state.music) way(made, palette(), state.music.drawn);
    }),
  );
  return () => {
    const { drawn } = state.music;
    time.root.hidden = !drawn.course && !drawn.chords.length;
    spectrum.root.hidden = !drawn.spectrum;
    time.canvas.setAttribute("aria-label", spokenTimeline(drawn));
    spectrum.canvas.setAttribute("aria-label", "Spectrum of the mix beside the usual one; where it departs from it is told under Mix.");
    ways.forEach((soon) => soon());
  };
}

function figure(kind, text) {
  const canvas = el("canvas", { role: "img" });
  return { canvas, root: el("figure.music-figure", { "data-picture": kind }, el("div.box", {}, canvas), el("figcaption.soft.small", { text })) };
}

function spokenTimeline({ sections, chords }) {
  const parts = sections.map(({ label, start_s, end_s }) => `${label} ${clock(start_s)} to ${clock(end_s)}`);
  return `Song over time. ${parts.length ? `Sections: ${parts.join(", ")}. ` : ""}${chords.length ? `${chords.length} chords.` : ""}`;
}

function drawTimeline({ g, width, height }, colour, drawn) {
  const { duration_s, sections, chords, bars_s, course } = drawn;
  const x = (s) => EDGE.left + (s / Math.max(duration_s, 0.1)) * (width - EDGE.left - EDGE.right);
  const foot = height - EDGE.foot;
  const split = chords.length ? Math.round(foot * 0.4) : foot;
  shades(g, colour, sections, x, foot);
  const every = Math.ceil(bars_s.length / MOST_LINES);
  g.fillStyle = colour.line;
  bars_s.forEach((s, i) => i % every === 0 && g.fillRect(Math.round(x(s)), 20, 1, foot - 20));
  if (course) wave(g, colour, course, x, 20, split);
  if (chords.length) roll(g, colour, chords, x, split + 6, foot);
  letters(g, colour, sections, x, foot);
  g.textBaseline = "alphabetic";
  g.fillStyle = colour.soft;
  for (const s of times(duration_s, width)) g.fillText(clock(s), x(s), height - 4);
}

/** Every other kind of section is shaded, so that neighbours differ. */
function shades(g, colour, sections, x, foot) {
  const kinds = [...new Set(sections.map((section) => section.label))];
  for (const { label, start_s, end_s } of sections) {
    g.globalAlpha = [0, 0.9, 0.45, 0.7][kinds.indexOf(label) % 4];
    g.fillStyle = colour.faint;
    g.fillRect(x(start_s), 0, x(end_s) - x(start_s), foot);
  }
  g.globalAlpha = 1;
}

function letters(g, colour, sections, x, foot) {
  g.save();
  g.font = g.font.replace("11px", "bold 13px");
  g.textBaseline = "top";
  for (const { label, start_s, end_s } of sections) {
    g.fillStyle = colour.muted;
    g.fillRect(Math.round(x(start_s)), 0, 1, foot);
    g.fillStyle = colour.ink;
    g.fillText(fitted(g, label, Math.max(8, x(end_s) - x(start_s) - 8)), x(start_s) + 5, 3);
  }
  g.restore();
}

function wave(g, colour, { peaks, step_s }, x, top, bottom) {
  const most = Math.max(...peaks, 1e-9);
  const [middle, half] = [(top + bottom) / 2, ((bottom - top) / 2) * 0.94];
  g.fillStyle = colour.muted;
  peaks.forEach((peak, i) => {
    const tall = Math.sqrt(peak / most) * half; // so that what is soft is seen, too
    const left = x(i * step_s);
    g.fillRect(left, middle - tall, Math.max(1, x((i + 1) * step_s) - left - 0.3), Math.max(1, 2 * tall));
  });
}

function roll(g, colour, chords, x, top, bottom) {
  const tall = (bottom - top - 14) / 12;
  const row = (note) => bottom - (note + 1) * tall;
  g.textAlign = "right";
  g.textBaseline = "middle";
  NOTES.forEach((name, note) => {
    g.fillStyle = colour.line;
    g.fillRect(EDGE.left, Math.round(row(note) + tall), 1e4, 0.5);
    g.fillStyle = colour.soft;
    if (tall >= 9 || note % 2 === 0) g.fillText(name, EDGE.left - 5, row(note) + tall / 2);
  });
  g.textAlign = "left";
  let free = 0;
  for (const { start_s, end_s, name, notes } of chords) {
    const [left, right] = [x(start_s), x(end_s)];
    notes.forEach((note, i) => {
      g.globalAlpha = i === 0 ? 1 : 0.4;
      g.fillStyle = colour.raise;
      g.fillRect(left, row(note) + 1, Math.max(1, right - left - 1), tall - 2);
    });
    g.globalAlpha = 1;
    const room = g.measureText(name).width;
    if (!notes.length || left < free || right - left < 0.5 * room) continue;
    g.fillStyle = colour.ink;
    g.fillText(name, left, top + 6);
    free = left + room + 5;
  }
}

function drawUsual({ g, width, height }, colour, { spectrum }) {
  const { bands_hz, level_db, usual_db } = spectrum;
  const [first, last] = [Math.log(bands_hz[0]), Math.log(bands_hz[bands_hz.length - 1])];
  const x = (hz) => EDGE.left + ((Math.log(hz) - first) / (last - first)) * (width - EDGE.left - EDGE.right);
  const high = Math.ceil((Math.max(...level_db) + 1) / 6) * 6;
  const y = (db) => 8 + ((high - db) / SPAN_DB) * (height - EDGE.foot - 8);
  g.textBaseline = "middle";
  g.textAlign = "right";
  for (let db = high; db > high - SPAN_DB; db -= 12) {
    g.fillStyle = colour.faint;
    g.fillRect(EDGE.left, Math.round(y(db)), width - EDGE.left - EDGE.right, 1);
    g.fillStyle = colour.soft;
    g.fillText(plain(db, 0), EDGE.left - 5, y(db));
  }
  g.textAlign = "center";
  g.textBaseline = "alphabetic";
  for (const hz of HERTZ) g.fillText(width > 420 ? hertz(hz) : hz >= 1000 ? `${hz / 1000} k` : String(hz), x(hz), height - 4);
  g.textAlign = "left";
  g.save();
  g.beginPath();
  g.rect(EDGE.left, 0, width, height - EDGE.foot);
  g.clip();
  line(g, colour.soft, 1.3, [4, 3], usual_db.map((db, i) => (db === null ? null : [x(bands_hz[i]), y(db)])));
  line(g, colour.ink, 1.8, [], level_db.map((db, i) => [x(bands_hz[i]), y(db)]));
  g.restore();
}

function line(g, style, wide, dash, points) {
  g.strokeStyle = style;
  g.lineWidth = wide;
  g.lineJoin = "round";
  g.setLineDash(dash);
  g.beginPath();
  points.filter(Boolean).forEach((point, i) => (i ? g.lineTo(...point) : g.moveTo(...point)));
  g.stroke();
  g.setLineDash([]);
}

/** Round seconds, as many as there is room for. */
function times(duration_s, width) {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((one) => duration_s / one <= Math.max(3, width / 80)) ?? 600;
  return Array.from({ length: Math.floor(duration_s / step) + 1 }, (_, i) => i * step).filter((s) => s < duration_s - step * 0.3 || s === 0);
}
