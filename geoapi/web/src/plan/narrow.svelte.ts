/** Whether there is little room from side to side, as on a phone or with large text. */
const query = matchMedia("(max-width: 44rem)");
let matches = $state(query.matches);
query.addEventListener("change", () => {
  matches = query.matches;
});

export const room = {
  get narrow(): boolean {
    return matches;
  },
};
