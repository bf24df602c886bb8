/** The song beside the desk: what its music is, asked for once, with its pictures. */

import * as api from "../base/api.js";
import { el, mark, say } from "../base/dom.js";
import { printed } from "../base/numbers.js";
import { perform } from "../base/session.js";
import { change, state, subscribe } from "../base/store.js";
import { chapters } from "./chapters.js";
import { pictures } from "./pictures.js";

const ROOMS = [["desk", "Desk"], ["song", "Song"]];

/** Fills the tabs that lead from one to the other; `panels` has both by name. */
export function rooms(nav, panels) {
  const tabs = ROOMS.map(([room, text]) => el("button", { type: "button", role: "tab", text, id: `tab-${room}`, "aria-controls": panels[room].id, "data-action": `room-${room}`, on: { click: () => change({ room }) } }));
  const bar = el("div.segments", { role: "tablist", "aria-label": "Desk or song" }, ...tabs);
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    const other = state.room === "desk" ? 1 : 0;
    change({ room: ROOMS[other][0] });
    tabs[other].focus();
  });
  nav.append(bar);
  subscribe(() => {
    ROOMS.forEach(([room], i) => {
      mark(tabs[i], "aria-selected", state.room === room ? "true" : "false");
      mark(tabs[i], "tabindex", state.room === room ? 0 : -1);
      panels[room].hidden = state.room !== room;
    });
  });
}

/** Fills the section of the song. */
export function song(section) {
  const headline = el("p.music-headline", { "data-part": "music" });
  const again = el("button", { type: "button", "data-action": "analyse-music", on: { click: analyse } });
  const said = el("p.soft.small", { role: "status" });
  const drawn = el("div.music-pictures", {});
  const body = el("div.chapters", {});
  section.append(el("header.head", {}, el("h2", { text: "Song" }), el("div.tools", {}, again)), headline, said, drawn, body);
  const draw = pictures(drawn);

  let key = "";
  let asked = "";
  subscribe(() => {
    const { table, music, job, room } = state;
    if (!table) {
      key = asked = "";
      return;
    }
    const working = job?.operation === "analyse_music" || wanted === state.id;
    const known = table.music;
    say(again, known ? "Analyse again" : "Analyse the music");
    again.hidden = Boolean(known?.of_now);
    again.disabled = working;
    again.classList.toggle("primary", !known);
    say(headline, known ? printed(known.headline) : "Tempo, key, chords, sections, sound and mix, measured from the stems.");
    say(said, working ? `${job?.step || "Waiting"} …` : known ? (known.of_now ? "" : "The faders or roles have changed since: levels and timbre are of before.") : "A song of four minutes takes about half a minute.");
    const now = JSON.stringify([state.id, known]);
    if (known && room === "song" && asked !== now) {
      asked = now;
      fetchMusic();
    }
    drawn.hidden = body.hidden = !known || !music;
    const next = `${now}${Boolean(music)}${state.heardMusic}`;
    if (next === key || !music) return;
    key = next;
    body.replaceChildren(...chapters(music.report));
    draw();
  });
}

let wanted = null; // the session whose music is asked for

async function analyse() {
  wanted = state.id;
  change({});
  await perform("analyse_music");
  wanted = null;
  change({});
}

async function fetchMusic() {
  const { id } = state;
  try {
    const music = await api.music(id);
    if (state.id === id) change({ music, heardMusic: (state.heardMusic ?? 0) + 1 });
  } catch {
    // The desk goes on without it.
  }
}
