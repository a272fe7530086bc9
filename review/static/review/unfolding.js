// A card's whole text, asked for when somebody wants it; without a script the link leads to the story's page.
"use strict";

(() => {
  async function load(link, text) {
    const answer = await fetch(link.dataset.text, { redirect: "manual" });
    if (!answer.ok) throw new Error(answer.statusText);
    // Made safe by the server, as the story's page shows it.
    text.innerHTML = await answer.text();
  }

  document.getElementById("cards").addEventListener("click", async (event) => {
    const link = event.target.closest("a.unfold");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const text = document.getElementById(link.getAttribute("aria-controls"));
    const opens = link.getAttribute("aria-expanded") !== "true";
    try {
      if (opens && !text.hasChildNodes()) await load(link, text);
    } catch {
      location.assign(link.href);
      return;
    }
    text.hidden = !opens;
    text.previousElementSibling.hidden = opens;
    link.setAttribute("aria-expanded", opens);
    link.closest(".card").scrollIntoView({ block: "nearest" });
  });
})();
