/** Files out of a drop, whole folders too, each with its path in what was dropped. */

import { Told } from "../base/api.js";

const MOST_FILES = 1000;
const MOST_DEPTH = 8;

/**
 * What was dropped.
 *
 * @param {DataTransfer} dropped
 * @returns {Promise<{name: string, file: File}[]>}
 */
export async function filesOf(dropped) {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return chosen(dropped.files);
  const found = [];
  for (const entry of entries) await walk(entry, "", found, 0);
  return found;
}

/** What was chosen by a button. */
export const chosen = (files) =>
  [...files].filter((file) => !hidden(file.name)).map((file) => ({ name: file.webkitRelativePath || file.name, file }));

/** Raises a sentence for what the server would refuse in any case. */
export function checked(files, limits) {
  if (!files.length) throw new Told("There is no file in what you dropped.");
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  if (limits && size > limits.upload_bytes) {
    const most = Math.floor(limits.upload_bytes / 1e6);
    throw new Told(`These files have ${Math.ceil(size / 1e6)} MB, and ${most} MB can be sent. FLAC holds the same sound in half the room.`);
  }
  return files;
}

async function walk(entry, path, found, depth) {
  if (hidden(entry.name) || depth > MOST_DEPTH) return;
  if (found.length >= MOST_FILES) throw new Told(`That folder holds more than ${MOST_FILES} files: drop the stems of one song.`);
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: path + entry.name, file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
    if (!some.length) return;
    for (const inner of some) await walk(inner, `${path}${entry.name}/`, found, depth + 1);
  }
}

const hidden = (name) => name.startsWith(".") || name === "__MACOSX" || name === "Thumbs.db" || name === "desktop.ini";
