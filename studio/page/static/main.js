/**
 * The page: each part draws itself from one state (base/store.js), which the server's table fills (base/session.js).
 *
 * What tests can hold on to:
 *   body[data-screen]            starting, welcome, opening, studio
 *   [data-input]                 files, folder, like, reference: file inputs
 *   [data-action]                choose-files choose-folder demo cancel home to-talk theme session-menu another delete confirm keep read
 *                                downloads, download[data-what]; apply words truth explain-short explain-full explain-plain figure more-moves
 *                                play to-start loop volume hear-before hear-after matched blind hear-x hear-y vote-x vote-none vote-y
 *                                learn blind-again blind-close; undo redo reset usual all-music genre[data-genre] like reference my-taste
 *                                anchor-choice strength fold solo-group mute-group view-level view-spectrum view-masking legend
 *                                say send example offer[data-operation] undo-step tab-talk tab-history go-to[data-step] room-desk room-song analyse-music dismiss lane
 *   [data-stem=NAME]             a strip; in it data-action: select role take solo mute lock link link-with[data-with] unlink anchor,
 *                                [data-part=fader] (role=slider, aria-valuenow in dB), [data-part=value]
 *   [data-group], [data-group-strip]
 *   [data-part]                  drop wait step place error headline reasons left rest text read clock waves heard blind
 *                                blind-answer tally log examples
 *   #player[data-ready]          once the stems can be played; #advice[data-state]: listening, advice, still, applied, unjudged
 *   .note[data-kind=said|error]   what was told at the foot of the page
 *   window.mixconsole            {state, player, renderDesk(side, listening), gains(side, listening), perform(operation, args)}
 */

import * as api from "./base/api.js";
import { types } from "./base/dom.js";
import { note } from "./base/notes.js";
import { close, leave, open, perform } from "./base/session.js";
import { change, state, subscribe } from "./base/store.js";
import { bar } from "./around/bar.js";
import { welcome } from "./around/welcome.js";
import { desk } from "./desk/desk.js";
import { views } from "./pictures/views.js";
import { waveforms } from "./pictures/waveforms.js";
import { gains } from "./sound/compare.js";
import { listening, player, renderDesk, toggle } from "./sound/listening.js";
import { transport } from "./sound/transport.js";
import { rooms, song } from "./song/song.js";
import { advice } from "./words/advice.js";
import { side } from "./words/side.js";

const part = (id) => document.getElementById(id);

bar(part("bar"));
welcome(part("welcome"));
advice(part("advice"));
transport(part("player"));
waveforms(part("player"));
desk(part("desk"));
views(part("views"));
rooms(part("rooms"), { desk: part("board"), song: part("song") });
song(part("song"));
side(part("right"));
listening();

subscribe(() => {
  document.body.dataset.screen = state.screen;
  part("studio").hidden = state.screen !== "studio";
});

addEventListener("keydown", (event) => {
  if (state.screen !== "studio" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const control = event.ctrlKey || event.metaKey;
  if (control && !event.altKey && event.key.toLowerCase() === "z" && !types(event.target)) {
    event.preventDefault();
    if (!(state.blind && !state.blind.voted)) perform(event.shiftKey ? "redo" : "undo");
  } else if (event.key === " " && !control && !event.altKey && !types(event.target) && !event.target.closest?.("button, a, input, summary")) {
    event.preventDefault();
    toggle();
  }
});

addEventListener("popstate", start);
addEventListener("hashchange", start);
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && state.id && open(state.id)); // back from the browser's cache
addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name !== "AbortError") note("Something went wrong on this page. Reload it: the session stays.", "error");
});

function start() {
  const id = location.hash.slice(1);
  if (!id) {
    if (state.id || state.screen === "starting") close();
  } else if (id !== state.id) {
    open(id);
  }
}

window.mixconsole = { state, player, renderDesk, gains, perform };

start();
api.info().then(
  (info) => change({ info }),
  (error) => change({ error: error.message }),
);
