/** WAV files into buffers at the file's own rate, sample by sample: a browser's own decoder would resample and dither. */

import { Told } from "../base/api.js";

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/**
 * A WAV file as a buffer.
 *
 * @param {ArrayBuffer} bytes PCM of 16, 24 or 32 bit, or 32-bit float.
 * @returns {AudioBuffer}
 */
export function decodeWav(bytes) {
  const view = new DataView(bytes);
  const word = (at) => (at + 4 <= view.byteLength ? view.getUint32(at, false) : 0);
  if (word(0) !== 0x52494646 || word(8) !== 0x57415645) throw new Told("A stem arrived that is no WAV file.");
  let form = null;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    if (word(at) === 0x666d7420) form = format(view, at + 8);
    if (word(at) === 0x64617461) {
      if (!form) break;
      return samples(bytes, at + 8, Math.min(size, view.byteLength - at - 8), form);
    }
    at += 8 + size + (size % 2);
  }
  throw new Told("A stem arrived whose WAV file is broken.");
}

function format(view, at) {
  let kind = view.getUint16(at, true);
  if (kind === EXTENSIBLE) kind = view.getUint16(at + 24, true);
  return { kind, channels: view.getUint16(at + 2, true), rate: view.getUint32(at + 4, true), bits: view.getUint16(at + 14, true) };
}

function samples(bytes, start, size, { kind, channels, rate, bits }) {
  const width = bits / 8;
  const length = Math.floor(size / (width * channels));
  const read = reader(new DataView(bytes, start, size), kind, bits);
  const buffer = new AudioBuffer({ numberOfChannels: channels, length: Math.max(1, length), sampleRate: rate });
  for (let channel = 0; channel < channels; channel += 1) {
    const into = buffer.getChannelData(channel);
    for (let i = 0, at = channel * width; i < length; i += 1, at += width * channels) into[i] = read(at);
  }
  return buffer;
}

function reader(view, kind, bits) {
  if (kind === FLOAT && bits === 32) return (at) => view.getFloat32(at, true);
  if (kind === PCM && bits === 16) return (at) => view.getInt16(at, true) / 32768;
  if (kind === PCM && bits === 24) return (at) => ((view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getInt8(at + 2) << 16)) / 8388608);
  if (kind === PCM && bits === 32) return (at) => view.getInt32(at, true) / 2147483648;
  throw new Told(`A stem arrived as a WAV file of ${bits} bit, which this page does not read.`);
}
