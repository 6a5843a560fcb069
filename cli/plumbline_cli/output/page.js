"use strict";
const form = document.querySelector(".filters");
const rows = [...document.querySelectorAll("tr[data-status]")];
const groups = [...document.querySelectorAll("details[data-control]")];

function apply() {
  const wanted = Object.fromEntries(new FormData(form));
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const fits = ["status", "severity", "cluster", "area"].every((key) => !wanted[key] || row.dataset[key] === wanted[key])
      && words.every((word) => row.dataset.text.includes(word));
    row.hidden = !fits;
    shown += fits;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("tr[data-status]:not([hidden])");
  }
  form.querySelector("output").textContent = `${shown} of ${rows.length} findings`;
}

if (form) {
  for (const row of rows) row.dataset.text = `${row.closest("details").querySelector("summary").textContent} ${row.textContent}`.toLowerCase();
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = groups.filter((group) => !group.open);
  for (const group of closed) group.open = true;
});
addEventListener("afterprint", () => { for (const group of closed) group.open = false; });
