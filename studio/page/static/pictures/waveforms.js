/** The stems' waveforms, each as loud as its fader makes it: click to go there, drag to loop. */

import { el, mark } from "../base/dom.js";
import { clock, factor } from "../base/numbers.js";
import { fader, state, subscribe } from "../base/store.js";
import { shownSide, sounding } from "../sound/compare.js";
import { player, seekSong, setLoop, songPosition } from "../sound/listening.js";
import { palette, prepared, redrawn } from "./canvas.js";
import { choose, lanes, lanesKey } from "./lanes.js";

const LANE = { most: 26, least: 5, room: 168 }; // pixels
const NAMED = 13; // a lane with room for its name
const BEND = 0.6; // so that what is soft is seen, too
const DRAG = 5; // pixels
const STEP_S = 5;

/** Puts the waveforms into the player's section. */
export function waveforms(section) {
  const canvas = el("canvas", {});
  const head = el("i.needle");
  const box = el("div.waves", { role: "slider", tabindex: 0, "aria-label": "Position in the song", "aria-valuemin": 0, "data-part": "waves" }, canvas, head);
  const names = el("div.lanes", {});
  section.append(el("div.waving", {}, names, box));
  let pulled = null;

  const draw = () => {
    const made = prepared(canvas);
    if (!made || !state.table) return;
    picture(made, pulled);
  };
  const soon = redrawn(canvas, draw);
  let drawn = "";
  subscribe(() => {
    const { table, peaks, selected, loop, audio } = state;
    if (!table) return;
    const count = lanes().length;
    const tall = Math.max(LANE.least, Math.min(LANE.most, Math.floor(LANE.room / count)));
    box.parentElement.style.setProperty("--height", `${tall * count}px`);
    nameLanes(names, tall);
    mark(box, "aria-valuemax", Math.round(table.song.duration_s));
    const before = shownSide() === "before";
    const key = JSON.stringify([state.id, Boolean(peaks), selected, loop, audio.preview, lanesKey(), table.stems.map((stem) => [stem.name, before ? 0 : fader(stem), sounding(stem), stem.action, stem.group])]);
    if (key !== drawn) {
      drawn = key;
      soon();
    }
    follow();
  });

  // The line that tells where it is, moved without drawing anything anew.
  let following = false;
  const follow = () => {
    show();
    if (following || !player.playing) return;
    following = true;
    const step = () => {
      show();
      following = player.playing;
      if (following) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  const show = () => {
    if (!state.table) return;
    const at = songPosition();
    head.style.setProperty("--at", (at / Math.max(0.001, state.table.song.duration_s)).toFixed(5));
    mark(box, "aria-valuenow", Math.round(at));
    mark(box, "aria-valuetext", `${clock(at)} of ${clock(state.table.song.duration_s)}`);
  };
  document.addEventListener("seeked", show);

  const second = (event) => {
    const { left, width } = box.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width)) * state.table.song.duration_s;
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !state.table) return;
    pulled = { x: event.clientX, from_s: second(event), to_s: second(event), far: false };
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (!pulled) return;
    pulled.to_s = second(event);
    pulled.far ||= Math.abs(event.clientX - pulled.x) > DRAG;
    if (pulled.far) soon();
  });
  box.addEventListener("pointerup", async () => {
    if (!pulled) return;
    const { from_s, to_s, far } = pulled;
    pulled = null;
    const { preview } = state.audio;
    if (!preview) return soon();
    const inside = (s) => Math.min(preview.seconds, Math.max(0, s - preview.start_s));
    const [low, high] = [Math.min(from_s, to_s), Math.max(from_s, to_s)].map(inside);
    if (far && high - low > 0.1) {
      setLoop({ on: true, from_s: low, to_s: high });
    } else {
      const { loop } = state;
      const at = inside(from_s);
      if (loop.from_s !== null && (at < loop.from_s || at >= loop.to_s)) setLoop({ on: loop.on, from_s: null, to_s: null });
      await seekSong(from_s);
    }
    soon();
    follow();
  });
  box.addEventListener("pointercancel", () => {
    pulled = null;
    soon();
  });
  box.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const duration = state.table?.song.duration_s ?? 0;
    let to = null;
    if (by) to = songPosition() + by * (event.shiftKey ? 1 : Math.min(STEP_S, duration / 10));
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = duration - 0.05;
    if (to === null) return;
    event.preventDefault();
    seekSong(Math.min(Math.max(0, to), duration)).then(follow);
  });
}

function picture({ g, width, height }, pulled) {
  const colour = palette();
  const { table, peaks, loop, audio, selected } = state;
  const duration = table.song.duration_s;
  const x = (s) => (s / duration) * width;
  const shown = lanes();
  const tall = height / shown.length;
  const before = shownSide() === "before";
  stretches(g, colour, { x, width, height, loop, audio, pulled });
  g.strokeStyle = colour.faint;
  g.lineWidth = 1;
  shown.forEach((_, i) => {
    const middle = (i + 0.5) * tall;
    g.beginPath();
    g.moveTo(0, Math.round(middle) + 0.5);
    g.lineTo(width, Math.round(middle) + 0.5);
    g.stroke();
  });
  if (peaks) {
    const gain = (stem) => (before ? 1 : factor(fader(stem)));
    const full = Math.max(...table.stems.map((stem, i) => usualPeak(peaks, i) * Math.max(1, gain(stem))), 1e-9);
    shown.forEach((lane, i) => {
      g.fillStyle = colour.role[lane.group] ?? colour.soft;
      for (const at of lane.at) {
        const stem = table.stems[at];
        const size = (peaks.peak[at] * gain(stem)) / full;
        const one = lane.at.length > 1 ? 0.5 : 0.9;
        g.globalAlpha = (sounding(stem) ? 1 : 0.25) * (selected && selected !== stem.name ? one / 2 : one);
        wave(g, peaks.stems[at], size, (i + 0.5) * tall, (tall / 2) * 0.94, width);
      }
    });
    g.globalAlpha = 1;
  }
}

/** One stem: the extremes between each two pixels. */
function wave(g, pairs, size, middle, half, width) {
  const points = pairs.length / 2;
  const tall = (value) => Math.sign(value) * Math.min(1, Math.abs(value / 127) * size) ** BEND * half;
  g.beginPath();
  for (let pixel = 0; pixel < width; pixel += 1) {
    const from = Math.floor((pixel / width) * points);
    const to = Math.max(from + 1, Math.floor(((pixel + 1) / width) * points));
    let [low, high] = [127, -127];
    for (let p = from; p < to && p < points; p += 1) {
      low = Math.min(low, pairs[2 * p]);
      high = Math.max(high, pairs[2 * p + 1]);
    }
    const top = middle - tall(high);
    g.rect(pixel, top, 1, Math.max(1, middle - tall(low) - top));
  }
  g.fill();
}

/** What is looped, and what of a long song is not at hand. */
function stretches(g, colour, { x, width, height, loop, audio, pulled }) {
  const from = audio.preview?.start_s ?? 0;
  const span = pulled?.far ? [pulled.from_s, pulled.to_s] : loop.on && loop.from_s !== null ? [from + loop.from_s, from + loop.to_s] : null;
  if (span) {
    const [left, right] = [Math.min(...span), Math.max(...span)].map(x);
    g.fillStyle = colour.faint;
    g.fillRect(left, 0, right - left, height);
    g.fillStyle = colour.ink;
    g.fillRect(left, 0, 1, height);
    g.fillRect(right - 1, 0, 1, height);
  }
  if (audio.preview && !audio.preview.whole) {
    g.fillStyle = colour.faint;
    const [left, right] = [x(from), x(from + audio.preview.seconds)];
    g.fillRect(0, 0, left, height);
    g.fillRect(right, 0, width - right, height);
  }
}

/** A stem's peak, but for its few loudest moments, beside which all else would be a line. */
function usualPeak(peaks, i) {
  kept.get(peaks) ?? kept.set(peaks, []);
  const known = kept.get(peaks);
  if (known[i] === undefined) {
    const sizes = peaks.stems[i].map(Math.abs).sort((a, b) => a - b);
    known[i] = (peaks.peak[i] * (sizes[Math.floor(0.98 * (sizes.length - 1))] ?? 0)) / 127;
  }
  return known[i];
}
const kept = new WeakMap();

/** The names beside the lanes. */
function nameLanes(place, tall) {
  const key = JSON.stringify([lanesKey(), tall]);
  const shown = lanes();
  if (place.dataset.key !== key) {
    place.dataset.key = key;
    place.hidden = tall < NAMED;
    place.replaceChildren(...shown.map((lane) => el("button.cut", { type: "button", text: lane.label, title: lane.label, "data-action": "lane", on: { click: () => choose(lane) } })));
  }
  [...place.children].forEach((button, i) => mark(button, "aria-pressed", shown[i].stem && state.selected === shown[i].stem ? "true" : "false"));
}
