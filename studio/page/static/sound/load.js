/** Gets the stems of a preview: a few at a time, so that the browser holds little more than it plays. */

import * as api from "../base/api.js";
import { decodeWav } from "./wav.js";

const AT_A_TIME = 3;

/**
 * The stems of the stretch that can be heard.
 *
 * @param {string} id the session.
 * @param {number} stems how many.
 * @param {number} start_s from where on.
 * @param {(share: number) => void} tell how much has come, 0..1.
 * @param {AbortSignal} signal
 * @returns {Promise<{preview: Object, buffers: AudioBuffer[]}>}
 */
export async function load(id, stems, start_s, tell, signal) {
  const preview = await api.preview(id, start_s, signal);
  const buffers = new Array(stems);
  const come = new Array(stems).fill(0);
  let next = 0;
  const work = async () => {
    while (next < stems) {
      const stem = next;
      next += 1;
      const response = await api.audio(id, stem, preview.start_s, signal);
      const bytes = await body(response, (share) => {
        come[stem] = share;
        tell(come.reduce((sum, one) => sum + one, 0) / stems);
      });
      buffers[stem] = decodeWav(bytes);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, stems) }, work));
  return { preview, buffers };
}

/** A response's bytes, told as they come. */
async function body(response, tell) {
  const size = Number(response.headers.get("Content-Length"));
  if (!size || !response.body) {
    const bytes = await response.arrayBuffer();
    tell(1);
    return bytes;
  }
  const all = new Uint8Array(size);
  const reader = response.body.getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > size) throw new RangeError("More came than was announced.");
    all.set(value, at);
    at += value.length;
    tell(at / size);
  }
  return at === size ? all.buffer : all.buffer.slice(0, at);
}
