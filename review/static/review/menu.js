// The menus of the top are details elements and open by themselves. What people expect besides:
// they close when one looks elsewhere, and Escape leads back to what opened them.
"use strict";

(() => {
  const opened = () => document.querySelectorAll("details.menu[open]");

  function leave(event) {
    for (const menu of opened()) if (!menu.contains(event.target)) menu.open = false;
  }
  document.addEventListener("click", leave);
  document.addEventListener("focusin", leave);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of opened()) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  });
})();
