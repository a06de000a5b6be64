/**
 * What went wrong on this page: named once each on the console, counted for the engine.
 *
 * Owns the count and the last error. Never stops anything.
 */

const MOST_TEXT = 200;
const warned = new Set();

export const errors = { count: 0, last: "" };

/** Name something that was left aside, once of a kind; gives null, as what it stands for. */
export function warn(kind, detail = "") {
  if (!warned.has(kind)) {
    warned.add(kind);
    console.warn(`wall: ${kind}`, detail);
  }
  return null;
}

/** Count an error that the engine is to know of; in plain letters, so that it is short on the line. */
export function note(error) {
  errors.count = Math.min(65_535, errors.count + 1);
  errors.last = String(error?.message ?? error).replace(/[^ -~]/g, "?").slice(0, MOST_TEXT);
}

addEventListener("error", ({ error, message }) => note(error ?? message));
addEventListener("unhandledrejection", ({ reason }) => note(reason));
