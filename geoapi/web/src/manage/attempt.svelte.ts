/** Something that somebody does, once at a time: a second press while it runs does nothing. */
export class Attempt {
  busy = $state(false);
  /** What went wrong, until the next try; null: nothing. */
  error = $state.raw<unknown>(null);

  /** Whether it was done; what is raised is kept as `error`. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (caught) {
      this.error = caught;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
