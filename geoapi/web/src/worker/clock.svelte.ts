/** The time, for whatever is told in minutes: read in a component it moves on by itself while the page is seen. */
const TICK_MS = 15_000;

class Clock {
  now = $state.raw(new Date());

  constructor() {
    setInterval(() => document.hidden || this.tick(), TICK_MS);
    document.addEventListener("visibilitychange", () => document.hidden || this.tick());
  }

  tick(): void {
    this.now = new Date();
  }
}

export const clock = new Clock();
