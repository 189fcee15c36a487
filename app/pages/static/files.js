// @ts-check
// Which files belong to which student: by folders, or one PDF each.

const SCANS = /\.(pdf|png|jpe?g|webp|gif|heic|heif|tiff?|bmp|jp2|jpx)$/i;
const TABLES = /\.(csv|xlsx)$/i;
const KEYS = /^(answer[-_ ]?key|answers|key|solutions?|marking[-_ ]?scheme)$/i;
const RUBRICS = /^(grading[-_ ]?)?rubric$/i;

/**
 * @typedef {{ path: string, file: File }} Dropped
 * @typedef {{ name: string, pages: Dropped[] }} Script
 * @typedef {{ name: string, scripts: Script[], key: Dropped[], rubric: Dropped[], tables: Dropped[], leftOut: string[] }} Found
 */

/** @param {Dropped[]} dropped @returns {Found} */
export function sorted(dropped) {
  const visible = dropped.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".") || part === "Thumbs.db"));
  const top = commonFolder(visible.map(({ path }) => path));
  /** @type {Found} */
  const found = { name: top, scripts: [], key: [], rubric: [], tables: [], leftOut: [] };
  /** @type {Map<string, Dropped[]>} */
  const students = new Map();
  const collator = new Intl.Collator(undefined, { numeric: true });
  for (const one of [...visible].sort((a, b) => collator.compare(a.path, b.path))) {
    const parts = one.path.slice(top ? top.length + 1 : 0).split("/");
    const file = /** @type {string} */ (parts.pop());
    const folder = parts[0] ?? "";
    const bare = file.replace(/\.[^.]+$/, "");
    if (TABLES.test(file)) found.tables.push(one);
    else if (!SCANS.test(file)) found.leftOut.push(one.path);
    else if (KEYS.test(folder || bare)) found.key.push(one);
    else if (RUBRICS.test(folder || bare)) found.rubric.push(one);
    else students.set(folder || bare, [...(students.get(folder || bare) ?? []), one]);
  }
  found.scripts = [...students].map(([name, pages]) => ({ name, pages }));
  return found;
}

/** The folder that holds everything, if the drop was one folder. @param {string[]} paths */
function commonFolder(paths) {
  const first = paths[0]?.split("/") ?? [];
  return first.length > 1 && paths.every((path) => path.startsWith(`${first[0]}/`)) && !KEYS.test(first[0]) ? first[0] : "";
}

/** The files of a drop, folders included. @param {DataTransfer} transfer @returns {Promise<Dropped[]>} */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (!entries.length) return [...transfer.files].map((file) => ({ path: file.name, file }));
  return (await Promise.all(entries.map((entry) => below(/** @type {any} */ (entry), "")))).flat();
}

/** @param {any} entry @param {string} path @returns {Promise<Dropped[]>} */
async function below(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((found, failed) => entry.file(found, failed));
    return [{ path: path + entry.name, file: /** @type {File} */ (file) }];
  }
  const reader = entry.createReader();
  const inside = [];
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    const some = /** @type {any[]} */ (await new Promise((found, failed) => reader.readEntries(found, failed)));
    if (!some.length) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((one) => below(one, `${path}${entry.name}/`)))).flat();
}

/** The files that were chosen, with their folders. @param {FileList} list @returns {Dropped[]} */
export const chosen = (list) => [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
