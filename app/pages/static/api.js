// @ts-check
// Calls of the public API, as any other client makes them.

/** The address of the server without a slash at its end, also behind a proxy with a path of its own. */
export const root = new URL("..", import.meta.url).href.replace(/\/$/, "");

/** A refusal by the server, with its status and its sentence. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @returns {Record<string, string>} */
export function csrfHeader() {
  const token = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name="csrf"]'))?.content;
  return token ? { "X-CSRF-Token": token } : {};
}

/**
 * Asks the API. Throws Refused for an answer that is no success, TypeError where there was no answer.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, options = {}) {
  const headers = { ...csrfHeader(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const response = await fetch(root + path, { method, headers, body: sent, cache: "no-store", ...options });
  const text = await response.text();
  const answer = text.trim() ? JSON.parse(text) : null;
  if (response.status === 401) throw new Refused(401, "You are signed out. Reload the page to sign in again.");
  if (!response.ok) throw new Refused(response.status, answer?.error?.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** A random UUID; `crypto.randomUUID` is missing on addresses without https. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
