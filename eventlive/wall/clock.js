/**
 * The engine's clock, on a screen whose own may be hours off.
 *
 * Owns how far the engine's clock is from the page's monotonic one, asked of /wall/time or, where
 * there is none, taken from what the engine says. It never runs backwards but for an engine whose
 * own clock was set back.
 */

const ASKED = 5; // times, for the smallest round trip
const EVERY = 60_000; // ms
const WAIT = 3_000; // ms for one answer
const SLEW = 0.1; // of the time that passes may go into a correction
const JUMP = 5_000; // ms of error above which it is no correction but another clock
const DOUBT = 2_000; // ms of difference to what a frame says after which it is asked again

let offset = NaN; // the engine's clock minus performance.now(), as it is told
let target = NaN; // as it should be
let at = 0; // when `offset` was brought towards `target` last
let measured = -Infinity; // when /wall/time was answered last
let asking = false;
let recalled = false; // what it goes by was kept from before, and nothing was heard yet

export const clock = {
  /** The smallest round trip of the last measurement, ms; NaN before the first. */
  round: NaN,

  /** The engine's clock minus this screen's own, ms. */
  get offset() {
    return clock.now() - Date.now();
  },

  /** The engine's time, in ms since 1970. */
  now() {
    const now = performance.now();
    const most = Math.max(0, now - at) * SLEW;
    const error = target - offset;
    at = now;
    if (Number.isNaN(target)) return Date.now();
    if (Number.isNaN(offset) || Math.abs(error) > JUMP) offset = target;
    else offset += Math.max(-most, Math.min(most, error));
    return now + offset;
  },

  /** Begin with what was kept: the engine's clock minus this screen's own. */
  recall(kept) {
    if (!Number.isFinite(kept)) return;
    target = Date.now() + kept - performance.now();
    recalled = true;
  },

  /** Take in a time that a frame brought: all there is where /wall/time does not answer. */
  hear(engine) {
    const now = performance.now();
    const known = now - measured < 2 * EVERY;
    if (!known) aim(engine - now);
    else if (Math.abs(engine - now - target) > DOUBT) clock.ask();
  },

  /** Ask for the time, and keep what came by the shortest way. */
  async ask() {
    if (asking) return;
    asking = true;
    let best = null;
    for (let times = 0; times < ASKED; times += 1) {
      const answer = await askOnce();
      if (!answer) break;
      if (!best || answer.round < best.round) best = answer;
    }
    asking = false;
    if (!best) {
      measured = -Infinity; // frames know better now than what was measured once
      return;
    }
    measured = performance.now();
    aim(best.offset);
    clock.round = best.round;
  },
};

/** Go towards this offset; at once, where so far it was only remembered. */
function aim(better) {
  target = better;
  if (recalled) offset = better;
  recalled = false;
}

async function askOnce() {
  const began = performance.now();
  try {
    const answer = await fetch("/wall/time", { cache: "no-store", signal: AbortSignal.timeout(WAIT) });
    const came = performance.now();
    const engine = answer.ok ? Date.parse((await answer.json()).now) : NaN;
    const round = came - began;
    return Number.isNaN(engine) ? null : { round, offset: engine - (came - round / 2) };
  } catch {
    return null;
  }
}

/** Ask now, and again each minute. */
export function keepTime() {
  clock.ask();
  setInterval(clock.ask, EVERY);
}
