/** The server's HTTP API: every call in one place, every failure as a `Told` with a sentence for the user. */

/** An error that can be shown as it is. */
export class Told extends Error {
  /** @param {number} status of HTTP; 0 where the server did not answer. */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const AWAY = "The server does not answer. Is it still running?";
const of = (id) => `/api/sessions/${encodeURIComponent(id)}`;

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Told(AWAY);
  }
  if (!response.ok) throw await refused(response);
  return response;
}

async function refused(response) {
  let said = null;
  try {
    said = (await response.json()).error;
  } catch {
    // Not ours: a proxy, or an error of the server itself.
  }
  return new Told(said || `The server refused (${response.status}).`, response.status);
}

const json = async (path, options) => (await call(path, options)).json();
const post = (path, body, signal) =>
  json(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });

export const info = () => json("/api");
export const demo = () => post("/api/sessions/demo", {});
export const session = (id, revision, wait_s, signal) =>
  json(revision === null ? of(id) : `${of(id)}?revision=${revision}&wait_s=${wait_s}`, { signal });
export const remove = (id) => json(of(id), { method: "DELETE" });
export const operate = (id, operation, args) => post(`${of(id)}/operations`, { operation, arguments: args });
export const chat = (id, text, signal) => post(`${of(id)}/chat`, { text }, signal);
export const examples = (id) => json(`${of(id)}/examples`);
export const preview = (id, start_s, signal) => json(`${of(id)}/preview?start_s=${start_s}`, { signal });
export const audio = (id, stem, start_s, signal) => call(`${of(id)}/audio/${stem}?start_s=${start_s}`, { signal });
export const peaks = (id, signal) => json(`${of(id)}/peaks`, { signal });
export const views = (id, signal) => json(`${of(id)}/views`, { signal });
export const music = (id, signal) => json(`${of(id)}/music`, { signal });
export const vote = (id, preferred) => post(`${of(id)}/votes`, { preferred });
export const learn = (id) => post(`${of(id)}/learn`, {});
export const judgeByLearnt = (id) => post(`${of(id)}/usual`, { learnt: true });
export const exportUrl = (id, what) => `${of(id)}/export/${what}`;
export const download = (id, what) => call(exportUrl(id, what));

/**
 * Sends files.
 *
 * @param {string} path
 * @param {{name: string, file: File}[]} files named as they were dropped.
 * @param {(share: number) => void} tell how much is sent, 0..1.
 * @param {AbortSignal} [signal]
 */
export function send(path, files, tell = () => {}, signal = undefined) {
  const form = new FormData();
  for (const { name, file } of files) form.append("file", file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much is sent
    request.open("POST", path);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && tell(event.loaded / event.total);
    request.onload = () => {
      const ok = request.status >= 200 && request.status < 300 && request.response;
      if (ok) resolve(request.response);
      else reject(new Told(request.response?.error || `The server refused the files (${request.status}).`, request.status));
    };
    request.onerror = () => reject(new Told(AWAY));
    request.onabort = () => reject(new DOMException("Aborted", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

export const upload = (files, tell, signal) => send("/api/sessions", files, tell, signal);
export const reference = (id, files, tell) => send(`${of(id)}/reference`, files, tell);
export const unmatch = (id) => json(`${of(id)}/reference`, { method: "DELETE" });
export const like = (id, files, tell) => send(`${of(id)}/like`, files, tell);
