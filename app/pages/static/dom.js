// @ts-check
// Elements whose texts are texts: nothing that comes from outside is ever read as markup.

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

/**
 * An element with properties (`class`, `data-…` and `aria-…` are attributes) and children.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class" || key.includes("-") || key === "for" || key === "role" || key === "scope") {
      element.setAttribute(key, String(value));
    } else {
      /** @type {any} */ (element)[key] = value;
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => /** @type {Node | string} */ (child)));
  return element;
}

/** A name or note of somebody else: it may be written from right to left. @param {string} text */
export const foreign = (text) => make("bdi", {}, text);

/** A stored reason as a person reads it. @param {string | null} reason */
export const failure = (reason) => (reason === "cancelled" ? "stopped before it was done" : reason ?? "");

/** @param {number} value */
export const number = (value) => String(Math.round(value * 100) / 100);

/** @param {number} dollars */
export const money = (dollars) => `$${dollars < 0.1 ? dollars.toFixed(4) : dollars.toFixed(2)}`;

/** @param {number} n @param {string} noun */
export const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
