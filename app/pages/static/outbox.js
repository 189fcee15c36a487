// @ts-check
// Decisions on their way to the server. They lie in the browser until the server has them: a broken network, a closed
// tab and a reload lose none, and the id that each carries keeps a repetition from counting twice.

import { ask, Refused } from "./api.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** @typedef {{ at: number, kind: "review" | "withdraw", review_id: string, session_id: string, question_id: string, mark?: number, reviewer?: string, note?: string, blind?: boolean }} Decision */

export class Outbox {
  /**
   * @param {string} exam
   * @param {{ changed: () => void, saved: (decision: Decision) => void, refused: (decision: Decision, why: string) => void }} told
   */
  constructor(exam, told) {
    this.exam = exam;
    this.prefix = `secondmark.outbox.${exam}.`;
    this.told = told;
    this.wait = FIRST_WAIT_MS;
    this.problem = "";
    /** @type {number | undefined} */
    this.timer = undefined;
    this.sending = false;
    addEventListener("online", () => this.retry());
  }

  /** Decisions that are not saved yet, the oldest first. @returns {Decision[]} */
  waiting() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).sort();
    return keys.map((key) => JSON.parse(/** @type {string} */ (localStorage.getItem(key))));
  }

  /** @param {Omit<Decision, "at">} decision */
  add(decision) {
    const at = Math.max(Date.now(), (this.waiting().at(-1)?.at ?? 0) + 1);
    localStorage.setItem(this._key({ at, ...decision }), JSON.stringify({ at, ...decision }));
    this.told.changed();
    this.retry();
  }

  /** Sends at once what waits. */
  retry() {
    clearTimeout(this.timer);
    this.wait = FIRST_WAIT_MS;
    void this._send();
  }

  async _send() {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.waiting()[0]; next; next = this.waiting()[0]) {
        const why = await this._deliver(next);
        localStorage.removeItem(this._key(next));
        this.problem = "";
        if (why) this.told.refused(next, why);
        else this.told.saved(next);
        this.told.changed();
      }
    } catch (error) {
      this.problem = error instanceof Refused ? error.message : "There is no connection to the server.";
      this.timer = setTimeout(() => void this._send(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
      this.told.changed();
    } finally {
      this.sending = false;
    }
  }

  /** Why the server will never take it, or nothing where it did. @param {Decision} decision */
  async _deliver(decision) {
    try {
      if (decision.kind === "review") {
        const { at, kind, ...review } = decision;
        await ask("POST", `/exams/${this.exam}/review`, review);
      } else {
        const { session_id, question_id, review_id, reviewer } = decision;
        const query = new URLSearchParams({ session_id, question_id, review_id, ...(reviewer ? { reviewer } : {}) });
        await ask("DELETE", `/exams/${this.exam}/review?${query}`);
      }
      return "";
    } catch (error) {
      // A review that the server refused cannot be withdrawn, and needs not.
      if (error instanceof Refused && error.status === 404 && decision.kind === "withdraw") return "";
      if (error instanceof Refused && [404, 409, 422].includes(error.status)) return error.message;
      throw error;
    }
  }

  /** @param {Decision} decision */
  _key(decision) {
    return `${this.prefix}${String(decision.at).padStart(16, "0")}.${decision.kind}.${decision.review_id}`;
  }
}
