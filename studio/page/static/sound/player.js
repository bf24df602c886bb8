/** The stems on a desk of gains: one source and one gain for each, all started at one time. */

const SMOOTH_S = 0.008; // a fader moves without zipper noise
const FADE_S = 0.012; // starts and stops do not click
const SOON_S = 0.03;
const METER = 2048; // samples

/** Plays buffers of one length. */
export class Player {
  /** @param {() => void} changed is called when it starts or stops by itself. */
  constructor(changed) {
    this.changed = changed;
    this.context = null;
    this.buffers = [];
    this.gains = [];
    this.bus = 1;
    this.playing = false;
    this.offset_s = 0; // where it stands, or started from
    this.started_s = 0; // on the context's clock
    this.loop = { on: true, from_s: null, to_s: null };
    this.sources = [];
  }

  get duration_s() {
    return this.buffers[0]?.duration ?? 0;
  }

  get ready() {
    return this.buffers.length > 0;
  }

  /** Where it is, in seconds from the start of the buffers. */
  get position_s() {
    if (!this.playing) return this.offset_s;
    const gone = Math.max(0, this.context.currentTime - this.started_s);
    const at = this.offset_s + gone;
    if (!this.loop.on) return Math.min(at, this.duration_s);
    const [from, to] = this.stretch;
    return at < to ? at : from + ((at - from) % (to - from));
  }

  /** What is looped. */
  get stretch() {
    const from = Math.min(this.loop.from_s ?? 0, this.duration_s);
    const to = Math.min(this.loop.to_s ?? this.duration_s, this.duration_s);
    return to - from > 0.05 ? [from, to] : [0, this.duration_s];
  }

  /** Takes other stems; what played stops. */
  use(buffers) {
    this.pause();
    this.context?.close();
    this.context = null;
    this.buffers = buffers;
    this.gains = buffers.map(() => 1);
    this.offset_s = 0;
  }

  /** The desk, made when it is first played: browsers want a gesture before. */
  async wake() {
    if (!this.context) {
      const context = new AudioContext({ sampleRate: this.buffers[0].sampleRate, latencyHint: "interactive" });
      this.context = context;
      this.fade = context.createGain();
      this.level = context.createGain();
      this.fade.connect(this.level).connect(context.destination);
      this.fade.gain.value = 0;
      this.level.gain.value = this.bus;
      this.faders = this.gains.map((gain) => {
        const fader = context.createGain();
        const meter = context.createAnalyser();
        meter.fftSize = METER;
        fader.gain.value = gain;
        fader.connect(this.fade);
        fader.connect(meter);
        return { fader, meter };
      });
    }
    if (this.context.state !== "running") await this.context.resume();
  }

  async play() {
    if (!this.ready || this.playing) return;
    await this.wake();
    if (this.playing) return;
    if (this.offset_s >= this.duration_s - 0.02) this.offset_s = this.loop.on ? this.stretch[0] : 0;
    this.start();
    this.playing = true;
    this.changed();
  }

  pause() {
    if (!this.playing) return;
    this.offset_s = this.position_s;
    this.stop();
    this.playing = false;
    this.changed();
  }

  seek(position_s) {
    const at = Math.min(Math.max(0, position_s), Math.max(0, this.duration_s - 0.01));
    if (this.playing) this.stop();
    this.offset_s = at;
    if (this.playing) this.start();
  }

  /** Loops all, a stretch, or nothing. */
  setLoop(loop) {
    const at = this.position_s;
    this.loop = loop;
    const [from, to] = this.stretch;
    const outside = loop.on && (at < from || at >= to);
    if (this.playing || outside) this.seek(outside ? from : at);
  }

  /** Puts a gain on each stem, and one on all, as factors. */
  set(gains, bus) {
    this.gains = gains;
    this.bus = bus;
    if (!this.context) return;
    const now = this.context.currentTime;
    this.faders.forEach(({ fader }, i) => glide(fader.gain, gains[i] ?? 0, now, SMOOTH_S));
    glide(this.level.gain, bus, now, SMOOTH_S);
  }

  /** The level of a stem behind its fader just now: RMS and peak as factors. */
  meter(i, into) {
    const meter = this.faders?.[i]?.meter;
    if (!meter || !this.playing) return [0, 0];
    meter.getFloatTimeDomainData(into);
    let square = 0;
    let peak = 0;
    for (const sample of into) {
      square += sample * sample;
      const size = Math.abs(sample);
      if (size > peak) peak = size;
    }
    return [Math.sqrt(square / into.length), peak];
  }

  start() {
    const { context } = this;
    const when = context.currentTime + SOON_S;
    const [from, to] = this.stretch;
    this.sources = this.buffers.map((buffer, i) => {
      const source = new AudioBufferSourceNode(context, { buffer, loop: this.loop.on, loopStart: from, loopEnd: to });
      source.connect(this.faders[i].fader);
      source.start(when, this.offset_s);
      return source;
    });
    this.started_s = when;
    this.fade.gain.cancelScheduledValues(when); // what fades out until then goes on
    this.fade.gain.setValueAtTime(0, when);
    this.fade.gain.linearRampToValueAtTime(1, when + FADE_S);
    const [last] = this.sources;
    last.onended = () => {
      if (last !== this.sources[0] || !this.playing) return;
      this.playing = false;
      this.offset_s = 0;
      this.changed();
    };
  }

  stop() {
    const { context, sources } = this;
    const now = context.currentTime;
    this.sources = [];
    const level = this.fade.gain.value;
    this.fade.gain.cancelScheduledValues(now);
    this.fade.gain.setValueAtTime(level, now);
    this.fade.gain.linearRampToValueAtTime(0, now + FADE_S);
    for (const source of sources) {
      source.onended = () => source.disconnect();
      source.stop(now + FADE_S);
    }
  }
}

function glide(param, value, now, time_s) {
  if (param.aimed === value) return;
  param.aimed = value;
  param.cancelScheduledValues(now);
  param.setTargetAtTime(value, now, time_s);
}

/**
 * What the desk plays, measured without a loudspeaker: the same sources and gains, rendered at once.
 *
 * @param {AudioBuffer[]} buffers
 * @param {number[]} gains a factor for each.
 * @param {number} [bus] a factor on all.
 * @returns {Promise<AudioBuffer>}
 */
export async function render(buffers, gains, bus = 1) {
  const [first] = buffers;
  const context = new OfflineAudioContext(first.numberOfChannels, first.length, first.sampleRate);
  const level = new GainNode(context, { gain: bus });
  level.connect(context.destination);
  buffers.forEach((buffer, i) => {
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(new GainNode(context, { gain: gains[i] })).connect(level);
    source.start();
  });
  return context.startRendering();
}

