// The time that a question was looked at; while the page is hidden, nobody works on it.
export class Watch {
  constructor() {
    this.sum = 0;
    this.since = document.hidden ? null : performance.now();
    document.addEventListener("visibilitychange", () => this.turn());
  }

  turn() {
    if (document.hidden && this.since !== null) {
      this.sum += performance.now() - this.since;
      this.since = null;
    } else if (!document.hidden) this.since ??= performance.now();
  }

  seconds() {
    return (this.sum + (this.since === null ? 0 : performance.now() - this.since)) / 1000;
  }
}
