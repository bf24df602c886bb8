/** The first page: drop stems, choose them, or try the real song; and the wait until the song is open. */

import * as api from "../base/api.js";
import { el, mark, say } from "../base/dom.js";
import { bytes, percent } from "../base/numbers.js";
import { open } from "../base/session.js";
import { change, state, subscribe } from "../base/store.js";
import { checked, chosen, filesOf } from "./files.js";

const KINDS = ".wav,.flac,.aif,.aiff,.mp3,.m4a,.ogg,.opus,.mp4,.zip,.yaml,audio/*";

let sending = null;

/** Puts the first page into its section. */
export function welcome(section) {
  const files = el("input.unseen", { type: "file", multiple: true, accept: KINDS, tabindex: -1, "aria-hidden": "true", "data-input": "files" });
  const folder = el("input.unseen", { type: "file", webkitdirectory: true, tabindex: -1, "aria-hidden": "true", "data-input": "folder" });
  for (const input of [files, folder]) {
    input.addEventListener("change", () => {
      send(chosen(input.files));
      input.value = "";
    });
  }
  const error = el("p.trouble", { role: "alert", "data-part": "error" });
  const step = el("p.step", { role: "status", "data-part": "step" });
  const place = el("p.soft", { "data-part": "place" });
  const sent = el("progress", { max: 1, "aria-label": "Sent" });
  const cancel = el("button.quiet", { type: "button", text: "Cancel", "data-action": "cancel", on: { click: () => sending?.abort() } });
  const limits = el("p.soft.small");
  const zone = el(
    "div.zone",
    { "data-part": "drop" },
    faders(),
    el("h1", { text: "Drop the stems of a mix" }),
    el("p.lead", { text: "Which faders are wrong, by how many dB, and why: heard, shown, and put right." }),
    el(
      "div.ways",
      {},
      el("button.primary", { type: "button", text: "Choose files", "data-action": "choose-files", on: { click: () => files.click() } }),
      el("button", { type: "button", text: "Choose a folder", "data-action": "choose-folder", on: { click: () => folder.click() } }),
      el("button", { type: "button", text: "Try a real song", "data-action": "demo", on: { click: demo } }),
    ),
    error,
    el("p.soft", { text: "Export every track from the same start to the same end, faders as they are in your mix, nothing on the stereo out." }),
    limits,
  );
  const wait = el("div.zone.waiting", { "data-part": "wait" }, faders(true), step, sent, place, cancel);
  section.append(files, folder, zone, wait);
  dropping();

  subscribe(() => {
    const waits = state.screen === "opening" || state.upload !== null;
    const shown = state.screen === "welcome" || waits;
    section.hidden = !shown;
    if (!shown) return;
    zone.hidden = waits;
    wait.hidden = !waits;
    say(error, state.error ?? "");
    error.hidden = !state.error;
    if (state.info) {
      const { stems, duration_s, upload_bytes } = state.info.limits;
      say(limits, `WAV, FLAC, AIFF, MP3, a .zip or a .stem.mp4; up to ${stems} stems, ${Math.floor(duration_s / 60)} minutes and ${bytes(upload_bytes)}. The files stay on the computer that runs mixconsole.`);
    }
    const sends = state.upload !== null && state.upload < 1;
    say(step, sends ? "Sending the files" : state.job && state.job.place === 0 ? state.job.step : state.job ? "Waiting for a free place" : "Opening");
    say(place, sends ? percent(state.upload) : waitingFor(state.job));
    sent.classList.toggle("idle", !sends);
    if (sends) sent.value = state.upload;
    else mark(sent, "value", null);
    cancel.hidden = !sends;
  });
}

/** "2 songs are before yours": nothing where it runs. */
export function waitingFor(job) {
  if (!job || !job.place) return "";
  return job.place === 1 ? "One song is before yours." : `${job.place} songs are before yours.`;
}

/** Sends files and opens what comes of them. */
async function send(files) {
  if (state.upload !== null) return;
  sending = new AbortController();
  try {
    checked(files, state.info?.limits);
    change({ upload: 0, error: null });
    const said = await api.upload(files, (share) => change({ upload: share }), sending.signal);
    change({ upload: null });
    open(said.id);
  } catch (error) {
    change({ upload: null, screen: "welcome", error: error.name === "AbortError" ? null : (error.message ?? String(error)) });
  }
}

async function demo() {
  try {
    change({ upload: 1, error: null });
    const said = await api.demo();
    change({ upload: null });
    open(said.id);
  } catch (error) {
    change({ upload: null, error: error.message });
  }
}

/** Stems can be dropped anywhere on the first page. */
function dropping() {
  let depth = 0;
  const over = (on) => document.body.classList.toggle("over", on);
  const takes = () => state.screen === "welcome" && state.upload === null;
  addEventListener("dragenter", () => takes() && (depth += 1) && over(true));
  addEventListener("dragleave", () => takes() && (depth = Math.max(0, depth - 1)) === 0 && over(false));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    over(false);
    if (!takes()) return;
    try {
      send(await filesOf(event.dataTransfer));
    } catch (error) {
      change({ error: error.message || "What you dropped could not be read." });
    }
  });
}

/** A small desk: while it listens, its faders move. */
function faders(moving = false) {
  const desk = el("div.mark", { "aria-hidden": "true" });
  if (moving) desk.classList.add("moving");
  for (const kind of ["a", "b", "c", "d"]) desk.append(el(`span.${kind}`, {}, el("i")));
  return desk;
}
