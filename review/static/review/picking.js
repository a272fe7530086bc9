// The bar for ticked cards: how many there are, all of them, none of them. It shows itself by the stylesheet.
"use strict";

(() => {
  const cards = document.getElementById("cards");
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const number = document.getElementById("picked");

  const ticks = () => [...cards.querySelectorAll(".card:not(.leaving, .settled, .elsewhere) .pick input")];

  function count() {
    number.textContent = number.dataset.words.replace("{n}", cards.querySelectorAll(".pick :checked").length);
  }

  function all() {
    for (const tick of ticks()) tick.checked = true;
    count();
  }

  function none() {
    const [first] = cards.querySelectorAll(".card:has(.pick :checked)");
    for (const tick of cards.querySelectorAll(".pick :checked")) tick.checked = false;
    count();
    // The bar goes, and what had the focus in it.
    if (bar.contains(document.activeElement)) first?.focus();
  }

  cards.addEventListener("change", count);
  document.addEventListener("htmx:afterSettle", count);
  document.getElementById("pick-all").addEventListener("click", all);
  document.getElementById("pick-none").addEventListener("click", none);
  document.addEventListener("keydown", (event) => {
    const elsewhere = "input:not([type=checkbox]), select, dialog, details.menu";
    if (event.key === "Escape" && !event.target.closest(elsewhere)) none();
  });
})();
