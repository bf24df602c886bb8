/** The downloads: each is made when it is asked for, at the present faders. */

import * as api from "../base/api.js";
import { el, icon } from "../base/dom.js";
import { note } from "../base/notes.js";
import { state } from "../base/store.js";
import { menu } from "./menus.js";

const KINDS = [
  ["Sound", [
    ["mix.wav", "Mix", "WAV, 32-bit float"],
    ["mix.flac", "Mix", "FLAC, 24 bit"],
    ["stems.zip", "Stems with their gains", "zip"],
  ]],
  ["For your DAW", [
    ["reaper.zip", "REAPER project", "zip with stems"],
    ["project.dawproject", "DAWproject", "Bitwig, Studio One, Cubase"],
  ]],
  ["Advice", [
    ["advice.md", "Text", "Markdown"],
    ["advice.csv", "Table", "CSV"],
    ["advice.json", "Everything", "JSON"],
    ["faders.png", "Picture", "PNG"],
  ]],
];
const LARGE = new Set(["mix.wav", "mix.flac", "stems.zip"]); // the browser writes these to disk by itself

/** The menu of downloads. */
export function downloads() {
  const panel = el("div.panel.list.downloads");
  for (const [heading, kinds] of KINDS) {
    panel.append(el("h3", { text: heading }));
    for (const [what, name, form] of kinds) {
      const row = [el("span", { text: name }), el("span.soft.small", { text: form })];
      panel.append(el("button.pair", { type: "button", "data-action": "download", "data-what": what, on: { click: () => save(what) } }, ...row));
    }
  }
  return menu("button", el("span.face", {}, icon("download"), el("span", { text: "Download" })), "Download", "downloads", panel);
}

async function save(what) {
  const { id } = state;
  if (LARGE.has(what)) return follow(api.exportUrl(id, what), what);
  try {
    note(`Making ${what}.`);
    const response = await api.download(id, what);
    const named = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "");
    const url = URL.createObjectURL(await response.blob());
    follow(url, named?.[1] ?? what);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    note(error.message, "error");
  }
}

function follow(href, name) {
  const link = el("a", { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
