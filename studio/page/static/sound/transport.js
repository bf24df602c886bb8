/** Play, loop, level, before and after, and the blind test: the row over the waveforms. */

import { el, icon, iconButton, mark, say, swapIcon } from "../base/dom.js";
import { clock, db, percent, plain } from "../base/numbers.js";
import { change, state, subscribe } from "../base/store.js";
import { heardSide, headroomDb, matchable, matchDb } from "./compare.js";
import { blindTest } from "./blind.js";
import { player, setLoop, songPosition, toggle } from "./listening.js";

const CLOCK_MS = 100;
const QUIET_DB = -40;

/** Fills the section of the player, but for its waveforms. */
export function transport(section) {
  const play = el("button.play", { type: "button", "aria-label": "Play", "data-action": "play", on: { click: toggle } }, icon("play"));
  const start = iconButton("start", "To the start", "to-start", () => player.seek(state.loop.on ? player.stretch[0] : 0));
  const loop = iconButton("loop", "Loop", "loop", () => setLoop({ on: !state.loop.on, from_s: null, to_s: null }), "toggle");
  const time = el("time.clock", { "data-part": "clock" });
  const level = el("input", { type: "range", min: QUIET_DB, max: 0, step: 1, value: 0, "aria-label": "Listening level", title: "Listening level: in no file", "data-action": "volume" });
  level.addEventListener("input", () => change({ volume_db: Number(level.value) <= QUIET_DB ? -Infinity : Number(level.value) }));
  const sides = ["before", "after"].map((side) =>
    el("button", { type: "button", text: side === "before" ? "Before" : "After", "data-action": `hear-${side}`, on: { click: () => change({ side }) } }),
  );
  const matched = el("input", { type: "checkbox", "data-action": "matched" });
  matched.addEventListener("change", () => change({ matched: matched.checked }));
  const match = el("label.match", {}, matched, el("span", { text: "equally loud" }));
  const test = blindTest();
  const said = el("p.heard.soft.small", { role: "status", "data-part": "heard" });

  section.append(
    el(
      "div.transport",
      {},
      el("div.keys", {}, start, play, loop, time),
      el("div.compare", { role: "group", "aria-label": "Before and after" }, el("div.segments", {}, ...sides), match, test.button),
      el("label.volume", { title: "Listening level: in no file" }, icon("volume"), level),
    ),
    test.panel,
    said,
  );

  subscribe(() => {
    const { table, audio, playing, blind } = state;
    if (!table) return;
    mark(section, "data-ready", audio.preview ? "true" : null);
    play.disabled = !audio.preview;
    swapIcon(play.firstChild, playing ? "pause" : "play");
    mark(play, "aria-label", playing ? "Pause" : "Play");
    mark(play, "title", `${playing ? "Pause" : "Play"} (space)`);
    mark(loop, "aria-pressed", state.loop.on ? "true" : "false");
    const testing = Boolean(blind && !blind.voted);
    sides.forEach((button, i) => {
      const side = i ? "after" : "before";
      button.disabled = testing;
      mark(button, "aria-pressed", !testing && heardSide() === side ? "true" : "false");
    });
    matched.checked = state.matched || testing;
    matched.disabled = testing;
    mark(match, "title", matchable() ? matchText() : "It is measured first");
    say(said, hearing(audio));
    mark(said, "data-trouble", audio.error ? "true" : null);
    test.show();
  });

  const tick = () => say(time, state.table ? `${clock(songPosition())} / ${clock(state.table.song.duration_s)}` : "");
  setInterval(tick, CLOCK_MS);
}

function matchText() {
  const { mix, mix_as_opened: opened } = state.table;
  return `Before ${plain(opened.loudness_lufs)} LUFS, after ${plain(mix.loudness_lufs)} LUFS (ITU-R BS.1770): the louder one is turned down`;
}

/** What is heard, where it is not simply the file. */
function hearing(audio) {
  if (audio.error) return audio.error;
  if (!audio.preview) return `Loading the stems, ${percent(audio.loading)}`;
  const parts = [];
  if (audio.preview.said) parts.push(audio.preview.said);
  const headroom = headroomDb();
  const testing = state.blind && !state.blind.voted;
  const match = matchDb()[heardSide()];
  if (!testing && Math.abs(match) >= 0.05) parts.push(`${heardSide() === "before" ? "Before" : "After"} is played ${db(match)}, so that both are equally loud.`);
  if (state.matched && !matchable() && state.table.advice) parts.push("Both are made equally loud as soon as they are measured.");
  if (headroom <= -0.05) parts.push(`All is played ${db(headroom)}, so that nothing clips here.`);
  return parts.join(" ") || "As in the file.";
}
