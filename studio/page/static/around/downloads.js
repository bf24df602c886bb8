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
const MOST_BYTES = 250e6; // that are held here; what is larger the browser writes to disk by itself

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
  const done = note(`Making ${what}.`);
  try {
    const response = await api.download(id, what); // first asked for here, so that a refusal is told
    if (Number(response.headers.get("Content-Length")) > MOST_BYTES) {
      await response.body.cancel();
      return follow(api.exportUrl(id, what), what);
    }
    const url = URL.createObjectURL(await response.blob());
    follow(url, named(response) ?? what);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    note(error.message, "error");
  } finally {
    done();
  }
}

/** What the server calls a file. */
function named(response) {
  const told = response.headers.get("Content-Disposition") ?? "";
  const coded = /filename\*=utf-8''([^;]+)/i.exec(told);
  return coded ? decodeURIComponent(coded[1]) : (/filename="([^"]+)"/.exec(told)?.[1] ?? null);
}

function follow(href, name) {
  const link = el("a", { href, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
