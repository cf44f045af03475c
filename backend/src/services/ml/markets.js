// Written by `python -m docs.generate` in ml-service/ from the code there: edit that, not this.

/** The markets and their outcomes, in the order in which they always come. */
export const OUTCOMES = Object.freeze({
  "1x2": ["home", "draw", "away"],
  ou25: ["over", "under"],
  btts: ["yes", "no"],
});
