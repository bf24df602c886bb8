/** The bar at the top: the song, downloads, and what belongs to the page itself. */

import * as api from "../base/api.js";
import { el, icon, iconButton, mark, say } from "../base/dom.js";
import { clock } from "../base/numbers.js";
import { close } from "../base/session.js";
import { state, subscribe } from "../base/store.js";
import { note } from "../base/notes.js";
import { downloads } from "./downloads.js";
import { confirm, menu } from "./menus.js";

/** Fills the bar. */
export function bar(header) {
  const title = el("h1.title", {});
  const facts = el("p.facts");
  const read = el("div.panel.reading", { "data-part": "read" });
  const reading = menu("button.quiet.facts-button", facts, "What was read", "read", read);
  const offline = el("p.offline", { role: "alert", text: "No answer from the server; trying again.", hidden: true });
  const saves = downloads();
  const more = menu("button.iconed", icon("more"), "Session", "session-menu", sessionMenu());
  const talk = iconButton("talk", "To the conversation", "to-talk", toTalk, "narrow");
  const theme = iconButton("theme", "Light or dark", "theme", turnTheme);
  header.append(
    el("a.word", { href: "/", "aria-label": "mixconsole, another song", "data-action": "home", on: { click: home } }, el("img", { src: "/static/icon.svg", alt: "", width: 26, height: 26 }), el("span", { text: "mixconsole" })),
    el("div.song", {}, title, reading.root),
    offline,
    el("div.tools", {}, saves.root, talk, theme, more.root),
  );

  let drawn = null;
  subscribe(() => {
    const { table } = state;
    for (const part of [title, reading.root, saves.root, talk, more.root]) part.hidden = !table;
    offline.hidden = !state.offline;
    document.title = table ? `${table.song.title} · mixconsole` : "mixconsole";
    if (!table) return;
    const { song } = table;
    say(title, song.title);
    mark(title, "title", song.title);
    const left = song.files.filter((file) => file.left_out_because).length;
    const count = `${table.stems.length} stems`;
    mark(reading.button, "aria-label", `${count}, ${clock(song.duration_s)}: what was read`);
    say(facts, `${count} · ${clock(song.duration_s)}${left ? ` · ${left} left out` : ""}`);
    reading.root.classList.toggle("marked", left > 0 || song.remarks.length > 0);
    if (drawn !== song.read + song.title) {
      drawn = song.read + song.title;
      read.replaceChildren(...account(table));
    }
  });
}

/** What became of every file, in rows. */
function account({ song }) {
  const rate = `${(song.sample_rate / 1000).toFixed(1)} kHz, ${song.channels === 1 ? "mono" : "stereo"}`;
  const out = song.files.filter((file) => file.left_out_because);
  const rows = song.files
    .filter((file) => !file.left_out_because)
    .map((file) => el("li", {}, el("span.cut", { text: file.used_as ?? "", title: file.used_as ?? "" }), el("span.soft.cut", { text: file.file, title: file.file })));
  return [
    el("h2", { text: "What was read" }),
    el("p.soft", { text: rate }),
    ...(out.length ? [el("h3", { text: "Left out" }), el("ul.account", {}, ...out.map((file) => el("li", {}, el("span.cut", { text: file.file, title: file.file }), el("span.soft", { text: file.left_out_because }))))] : []),
    ...(song.remarks.length ? [el("h3", { text: "Worth knowing" }), el("ul.account", {}, ...song.remarks.map((remark) => el("li", { text: remark.replace("--role overrules", "its role can be changed on the desk") })))] : []),
    el("h3", { text: "Used as" }),
    el("ul.account.pairs", {}, ...rows),
  ];
}

function sessionMenu() {
  return el(
    "div.panel.list",
    {},
    el("button", { type: "button", text: "Open another song", "data-action": "another", on: { click: () => close() } }),
    el("button.danger", { type: "button", text: "Delete this session", "data-action": "delete", on: { click: removal } }),
  );
}

async function removal() {
  const sure = await confirm("Delete this session?", "Its stems, its history and what was measured are removed from the server. Your own files stay as they are.", "Delete");
  if (!sure) return;
  try {
    await api.remove(state.id);
    close();
    note("The session is deleted.");
  } catch (error) {
    note(error.message, "error");
  }
}

function home(event) {
  event.preventDefault();
  if (state.id) close();
}

function toTalk() {
  const input = document.querySelector("[data-action=say]");
  input.scrollIntoView({ block: "center" });
  input.focus({ preventScroll: true });
}

function turnTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // Kept for this visit only.
  }
  document.dispatchEvent(new Event("theme"));
}
