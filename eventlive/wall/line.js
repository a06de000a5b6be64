/**
 * The line to the engine, or to a relay of it: its socket, how fresh it is, and what the page says.
 *
 * Owns connecting again and telling what is drawn. A line can be alive while the engine behind it is
 * away: freshness is the engine's. Never reads a picture, and never draws.
 */

import { errors } from "./errors.js";

const STALE = 10_000; // ms without the engine until the picture says how old it is
const SILENT = 15_000; // ms without a sign of life until the line counts as dead
const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;
const SEEN_EVERY = 1_000;
const SEEN_AGAIN = 10_000 + 5_000 * Math.random(); // each screen at its own moment
const LONGEST_AGE = 10 ** 8; // s

const version = document.querySelector('meta[name="page"]')?.content.slice(0, 20) ?? "";

let socket = null;
let heardLine = -Infinity; // when anything came last
let heardEngine = -Infinity; // when the engine behind it was alive last
let tried = 0;
let retry = FIRST_RETRY;
let timer = 0;
let told = -Infinity;
let telling = 0;
let receive = () => null;
let changed = () => null;

export const line = {
  /** Whether a picture came over it. */
  answered: false,
  /** What the page has drawn last, and what stands there: {seq, scene, lag}. */
  drawn: null,
  version,

  get stale() {
    return performance.now() - heardEngine > STALE;
  },

  /** Whether the engine was heard within the last ten seconds. */
  get fresh() {
    return !line.stale;
  },

  /** Connect, and stay so: `onFrame` gets what arrives, `onChange` is called when the line goes. */
  open(onFrame, onChange) {
    receive = onFrame;
    changed = onChange;
    connect();
  },

  /** Note a sign of life; the engine's own is so many seconds old. Gives that in ms. */
  heard(age = 0) {
    const old = Number.isFinite(age) ? Math.min(LONGEST_AGE, Math.max(0, age)) * 1_000 : 0;
    heardLine = performance.now();
    heardEngine = heardLine - old;
    return old;
  },

  /** A whole picture came: the line is good. */
  good() {
    line.answered = true;
    retry = FIRST_RETRY;
  },

  /** Let the line go and try again: after 0.5 s, doubled to 8 s, each screen at its own moment. */
  hangUp() {
    const gone = socket;
    socket = null;
    line.answered = false;
    gone?.close();
    if (!timer) {
      timer = setTimeout(connect, retry * (0.5 + Math.random()));
      retry = Math.min(retry * 2, LAST_RETRY);
    }
    changed();
  },

  /** Look after the line, about once a second. */
  tick() {
    if (performance.now() - told > SEEN_AGAIN) line.tell(true);
    if (socket && performance.now() - Math.max(heardLine, tried) > SILENT) line.hangUp();
  },

  /** Say what is drawn: at most once a second, and at once where the engine waits for it. */
  tell(urgent = false) {
    const wait = told + SEEN_EVERY - performance.now();
    if (!urgent && wait > 0) {
      telling ||= setTimeout(() => line.tell(true), wait);
      return;
    }
    clearTimeout(telling);
    telling = 0;
    if (!line.answered || !line.drawn || socket?.readyState !== WebSocket.OPEN) return;
    told = performance.now();
    const [width, height] = [innerWidth, innerHeight].map((size) => Math.min(65_535, Math.round(size * devicePixelRatio)));
    socket.send(JSON.stringify({
      say: "seen", ...line.drawn, width, height, page: version, errors: errors.count, error: errors.last,
    }));
  },
};

function connect() {
  timer = 0;
  tried = performance.now();
  const { protocol, host, pathname, search } = location;
  const mine = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}${pathname}${search}`);
  socket = mine;
  mine.addEventListener("message", ({ data }) => socket === mine && receive(data));
  mine.addEventListener("close", () => socket === mine && line.hangUp());
}
