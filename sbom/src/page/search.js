"use strict";
// Shows the components in which every word stands that was typed.
const field = document.getElementById("search");
const count = document.getElementById("count");
const rows = Array.from(document.querySelectorAll("#components tbody tr"));
const texts = rows.map((row) => row.textContent.toLowerCase());
function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  let shown = 0;
  rows.forEach((row, at) => {
    row.hidden = !words.every((word) => texts[at].includes(word));
    shown += row.hidden ? 0 : 1;
  });
  count.textContent = shown + " of " + rows.length;
}
field.addEventListener("input", search);
// A link to a component that the search hides shows it.
window.addEventListener("hashchange", () => {
  const row = document.getElementById(location.hash.slice(1));
  if (row && row.hidden) {
    field.value = "";
    search();
    row.scrollIntoView();
  }
});
document.getElementById("finder").hidden = false;
search();
