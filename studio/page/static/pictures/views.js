/** Pictures of the stems: their level over time, their spectrum, and who covers whom. */

import * as api from "../base/api.js";
import { el, mark, say } from "../base/dom.js";
import { change, fader, state, subscribe } from "../base/store.js";
import { shownSide } from "../sound/compare.js";
import { songPosition } from "../sound/listening.js";
import { DASHES, palette, prepared, redrawn } from "./canvas.js";
import { drawLevels, drawSpectrum } from "./curves.js";
import { choose, lanes, lanesKey, summed } from "./lanes.js";
import { drawMasking, maskingRows, maskingText } from "./masking.js";

const TABS = [["level", "Level"], ["spectrum", "Spectrum"], ["masking", "Masking"]];
const RESTS_MS = 700; // after the last move, masking is asked for anew

/** Fills the section of the pictures. */
export function views(section) {
  const tabs = TABS.map(([view, text]) => el("button", { type: "button", role: "tab", text, id: `tab-${view}`, "aria-controls": "picture", "data-action": `view-${view}`, on: { click: () => change({ view }) } }));
  const bar = el("div.segments", { role: "tablist", "aria-label": "Pictures" }, ...tabs);
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = (TABS.findIndex(([view]) => view === state.view) + by + TABS.length) % TABS.length;
    change({ view: TABS[at][0] });
    tabs[at].focus();
  });
  const canvas = el("canvas", { role: "img" });
  const head = el("i.needle", { hidden: true });
  const picture = el("div.picture", { id: "picture", role: "tabpanel" }, canvas, head);
  const legend = el("div.legend", {});
  const words = el("ul.unseen", {});
  const said = el("p.soft.small.caption", {});
  section.append(el("header.head", {}, el("h2", { text: "Pictures" }), bar), picture, legend, said, words);

  let plot = null; // where time lies in the picture
  const draw = () => {
    const made = prepared(canvas);
    if (!made || !state.table || !state.views) return;
    const colour = palette();
    const { view: kind, views: got } = state;
    plot = kind === "level" ? drawLevels(made, colour, got.step_s, lines(colour, got.levels_lufs), state.table.song.duration_s) : null;
    if (kind === "spectrum") drawSpectrum(made, colour, got.bands_hz, lines(colour, got.spectrum_db));
    if (kind === "masking") drawMasking(made, colour, state.views.masking, state.selected);
    place();
  };
  const soon = redrawn(canvas, draw);
  const place = () => {
    head.hidden = !plot;
    if (plot) head.style.setProperty("--x", `${plot.x(songPosition()).toFixed(1)}px`);
  };
  setInterval(() => state.playing && plot && place(), 50);

  let key = "";
  let asked = "";
  let timer = 0;
  subscribe(() => {
    const { table, view } = state;
    if (!table) {
      key = asked = "";
      return;
    }
    tabs.forEach((tab, i) => {
      const on = TABS[i][0] === view;
      mark(tab, "aria-selected", on ? "true" : "false");
      mark(tab, "tabindex", on ? 0 : -1);
    });
    mark(picture, "aria-labelledby", `tab-${view}`);
    section.dataset.view = view;
    // Masking is of the faders that the server knows; level and spectrum are shifted here.
    const stands = JSON.stringify([state.id, table.stems.map((stem) => stem.fader_db)]);
    if (stands !== asked && !state.job) {
      const first = asked === "" || !state.views;
      asked = stands;
      clearTimeout(timer);
      timer = setTimeout(fetchViews, first ? 0 : RESTS_MS);
    }
    const next = JSON.stringify([view, state.selected, shownSide(), Boolean(state.views), state.seen, lanesKey(), table.stems.map((stem) => [stem.name, fader(stem), stem.group, state.mute.has(stem.name), state.solo.has(stem.name)]), stands]);
    if (next === key) return;
    key = next;
    fillLegend(legend);
    say(said, caption(view));
    mark(canvas, "aria-label", `${TABS.find(([name]) => name === view)[1]}. ${caption(view)}`);
    words.replaceChildren(...(view === "masking" && state.views ? maskingRows(state.views.masking).map((one) => el("li", { text: maskingText(one) })) : []));
    soon();
  });
}

async function fetchViews() {
  const { id } = state;
  try {
    const got = await api.views(id);
    if (state.id !== id) return;
    const named = (stem) => state.table.stems[stem]?.name ?? String(stem);
    got.masking = got.masking.map((one) => ({ ...one, stem: named(one.stem), by: named(one.by) }));
    change({ views: got, seen: (state.seen ?? 0) + 1 });
  } catch {
    // The desk goes on without its pictures.
  }
}

/** How each lane is drawn, and its levels as the faders stand. */
function lines(colour, levels) {
  const before = shownSide() === "before";
  return lanes().map((lane) => {
    const chosen = lane.stem !== null && state.selected === lane.stem;
    return {
      values: summed(lane, levels, before),
      colour: colour.role[lane.group] ?? colour.soft,
      dash: DASHES[lane.line],
      alpha: state.selected && !chosen ? 0.3 : 1,
      width: chosen ? 2.4 : 1.6,
    };
  });
}

function fillLegend(legend) {
  const shown = lanes();
  const key = lanesKey();
  if (legend.dataset.key !== key) {
    legend.dataset.key = key;
    legend.replaceChildren(
      ...shown.map((lane) => el("button.small", { type: "button", "data-action": "legend", title: lane.label, on: { click: () => choose(lane) } }, el("i", { "data-role": lane.group, "data-line": lane.line }), el("span.cut", { text: lane.label }))),
    );
  }
  [...legend.children].forEach((button, i) => mark(button, "aria-pressed", shown[i].stem && state.selected === shown[i].stem ? "true" : "false"));
}

const CAPTIONS = {
  level: "Loudness of each stem over time, LUFS, as its fader stands.",
  spectrum: "Energy of each stem by frequency, dB, as its fader stands.",
  masking: "For how much of its time a stem is covered by a louder one, by band, at the present faders.",
};
const caption = (view) => CAPTIONS[view];
