// @ts-check
// Sends scans, one file after the other in each script, some scripts at a time. A file that failed is sent again alone;
// what was registered is remembered in the browser, so that the same folder goes on after a reload.

import { ask } from "./api.js";

const AT_ONCE = 3;
const TRIES = 4;
const TYPES = /** @type {Record<string, string>} */ ({
  pdf: "application/pdf", png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", webp: "image/webp", gif: "image/gif", heic: "image/heic",
  heif: "image/heif", tif: "image/tiff", tiff: "image/tiff", bmp: "image/bmp", jp2: "image/jp2", jpx: "image/jpx",
});

/** @typedef {{ script: string, role: string, path: string, file: File, state: "waits" | "sending" | "done" | "failed", sent: number, why: string }} Upload */

export class Uploads {
  /** @param {(uploads: Upload[]) => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Upload[]} */
    this.all = [];
    /** @type {Map<string, Promise<string>>} */
    this.sessions = new Map();
    /** @type {Map<File, Promise<string>>} */
    this.shared = new Map();
    this.exam = "";
  }

  /** @param {import("./files.js").Found} found */
  add(found) {
    const known = new Set(this.all.map((one) => `${one.script}/${one.path}`));
    for (const { name, pages } of found.scripts) {
      for (const [role, files] of /** @type {[string, import("./files.js").Dropped[]][]} */ ([["student", pages], ["answer_key", found.key], ["grading_rubric", found.rubric]])) {
        for (const { path, file } of files) {
          if (!known.has(`${name}/${path}`)) this.all.push({ script: name, role, path, file, state: "waits", sent: 0, why: "" });
        }
      }
    }
    this.changed(this.all);
  }

  get failed() { return this.all.filter((one) => one.state === "failed"); }

  /** Sends what waits or failed. @param {string} exam */
  async send(exam) {
    this.exam = exam;
    for (const one of this.failed) one.state = "waits";
    const scripts = [...new Set(this.all.filter((one) => one.state === "waits").map((one) => one.script))];
    const next = async () => {
      for (let script = scripts.shift(); script !== undefined; script = scripts.shift()) await this._script(script);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  /** @param {string} script */
  async _script(script) {
    for (const one of this.all.filter((upload) => upload.script === script && upload.state === "waits")) {
      try {
        await this._file(one);
        one.state = "done";
      } catch (error) {
        one.state = "failed";
        one.why = /** @type {Error} */ (error).message;
        // The pages behind it would get its place.
        for (const other of this.all) {
          if (other.script === script && other.role === one.role && other.state === "waits") Object.assign(other, { state: "failed", why: "waits for the file before it" });
        }
      }
      this.changed(this.all);
    }
  }

  /** @param {Upload} one */
  async _file(one) {
    const session = await this._session(one.script);
    const done = this._done(session);
    const name = this._name(one);
    if (done[name]?.pages) return;
    if (name in done && (await this._cameThrough(session, one.role, name))) return;
    one.state = "sending";
    const url = await this._address(one);
    const at = Object.values(done).filter((page) => page.role === one.role).reduce((sum, page) => sum + page.pages, 0);
    const body = { session_id: session, role: one.role, url, order_index: at };
    // Noted before it is sent: a reload may come before the answer.
    this._note(session, name, { role: one.role, at, pages: 0 });
    const registered = await ask("POST", "/images/register", body);
    this._note(session, name, { role: one.role, at, pages: registered.pages ?? 1 });
  }

  /**
   * Whether the server has the pages of a file whose answer never arrived. Files are sent in order, so all pages from its
   * place on are its own. @param {string} session @param {string} role @param {string} name
   */
  async _cameThrough(session, role, name) {
    const { at } = this._done(session)[name];
    const { images } = await ask("GET", `/images/${session}`);
    const pages = images.filter((/** @type {any} */ image) => image.role === role && image.order_index >= at).length;
    if (pages) this._note(session, name, { role, at, pages });
    return pages > 0;
  }

  /** @param {string} session @param {string} name @param {{ role: string, at: number, pages: number }} sent */
  _note(session, name, sent) {
    localStorage.setItem(this._key(session), JSON.stringify({ ...this._done(session), [name]: sent }));
  }

  /**
   * A key or rubric is sent once for all scripts: so their requests have the same address of it, and a provider finds it
   * in its cache. @param {Upload} one @returns {Promise<string>}
   */
  _address(one) {
    if (one.role === "student") return this._put(one);
    let sent = this.shared.get(one.file);
    if (!sent) {
      sent = this._put(one);
      sent.catch(() => this.shared.delete(one.file));
      this.shared.set(one.file, sent);
    }
    return sent;
  }

  /** @param {Upload} one */
  async _put(one) {
    const type = TYPES[/** @type {string} */ (one.file.name.split(".").pop()).toLowerCase()] ?? one.file.type;
    for (let n = 1; ; n += 1) {
      try {
        const signed = await ask("POST", "/images/signed-url", { filename: one.file.name, content_type: type });
        await put(signed, one.file, (sent) => {
          one.sent = sent;
          this.changed(this.all);
        });
        return signed.publicUrl;
      } catch (error) {
        const final = /** @type {any} */ (error).status >= 400 && /** @type {any} */ (error).status < 500;
        if (final || n === TRIES) throw error;
        await new Promise((go) => setTimeout(go, 500 * 2 ** n));
      }
    }
  }

  /** The session of a script, made once. @param {string} script @returns {Promise<string>} */
  _session(script) {
    const stored = `secondmark.script.${this.exam}.${script}`;
    let made = this.sessions.get(script);
    if (!made) {
      const known = localStorage.getItem(stored);
      made = known ? Promise.resolve(known) : ask("POST", "/sessions", { name: script, exam_id: this.exam }).then((created) => {
        localStorage.setItem(stored, created.session_id);
        return created.session_id;
      });
      made.catch(() => this.sessions.delete(script));
      this.sessions.set(script, made);
    }
    return made;
  }

  /** @param {string} session @returns {Record<string, { role: string, at: number, pages: number }>} */
  _done(session) { return JSON.parse(localStorage.getItem(this._key(session)) ?? "{}"); }

  /** @param {string} session */
  _key(session) { return `secondmark.pages.${session}`; }

  /** @param {Upload} one */
  _name(one) { return `${one.role}/${one.path}/${one.file.size}/${one.file.lastModified}`; }
}

/** A PUT that tells how far it is; fetch does not. @param {any} signed @param {File} file @param {(share: number) => void} told */
function put(signed, file, told) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", signed.uploadUrl);
    for (const [name, value] of Object.entries(signed.headers)) request.setRequestHeader(name, /** @type {string} */ (value));
    request.upload.onprogress = (event) => told(event.loaded / Math.max(event.total, 1));
    request.onload = () => (request.status < 300 ? done(null) : failed(Object.assign(new Error(wordsOf(request)), { status: request.status })));
    request.onerror = () => failed(new Error("The connection broke."));
    request.send(file);
  });
}

/** @param {XMLHttpRequest} request */
function wordsOf(request) {
  try {
    return JSON.parse(request.responseText).error.message;
  } catch {
    return `The server answered ${request.status}.`;
  }
}
