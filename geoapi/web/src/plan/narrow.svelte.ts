/** Whether there is little room from side to side, as on a phone or with large text. */
const NARROW_REM = 44;

let narrow = $state(measured());
// the size of the text changes the height of what it is in
new ResizeObserver(() => {
  narrow = measured();
}).observe(document.body);

export const room = {
  get narrow(): boolean {
    return narrow;
  },
};

function measured(): boolean {
  return innerWidth <= NARROW_REM * parseFloat(getComputedStyle(document.documentElement).fontSize);
}
