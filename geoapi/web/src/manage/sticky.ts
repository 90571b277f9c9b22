/** Bars that stay at the window's lower edge. */

/**
 * Keeps what has the focus out from under a bar that sticks to the window's lower edge: the page scrolls it
 * to above the bar, however high that is.
 */
export function above(bar: HTMLElement): () => void {
  const root = document.documentElement;
  let covers = 0;

  function uncover(): void {
    const field = document.activeElement;
    if (!covers || !field || field === document.body || bar.contains(field)) return;
    const { top, bottom } = field.getBoundingClientRect();
    if (top < innerHeight && bottom > innerHeight - covers) field.scrollIntoView({ block: "nearest" });
  }

  const watching = new ResizeObserver(() => {
    // a bar that stands at the end of the page covers nothing
    covers = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
    root.style.scrollPaddingBottom = `${covers + 16}px`;
    // what came above it, an answer or a remark, may have pushed it under the bar
    uncover();
  });
  watching.observe(bar);
  watching.observe(document.body);
  // of a field of several lines a browser brings the caret's line alone into sight
  document.addEventListener("focusin", uncover);
  return () => {
    watching.disconnect();
    document.removeEventListener("focusin", uncover);
    root.style.scrollPaddingBottom = "";
  };
}
