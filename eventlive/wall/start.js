/**
 * Whether the page has begun: a module of it that did not come leaves a page without a scene.
 *
 * Owns nothing but loading the page anew then, once the engine gives it; needs no other file.
 */
"use strict";

{
  const PATIENCE = 10_000; // ms until a page without a scene counts as one that will have none
  const AGAIN = 5_000; // ms, and up to as much more: each screen at its own moment
  const WAIT = 5_000; // ms for one answer

  const look = async () => {
    if (document.documentElement.hasAttribute("data-scene")) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(WAIT) });
      if (answer.ok) return location.reload();
    } catch { /* the engine is away: later */ }
    setTimeout(look, AGAIN * (1 + Math.random()));
  };
  setTimeout(look, PATIENCE);
}
