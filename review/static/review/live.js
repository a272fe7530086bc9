// What others do meanwhile: asked for every few seconds while somebody looks at the page. Nothing moves by it.
"use strict";

(() => {
  const cards = document.getElementById("cards");
  const fresh = document.getElementById("fresh");
  const every = Number(cards.dataset.every);
  const SLOWEST_MS = 60000;
  // What this page calls itself among others of the same editor.
  const page = crypto.getRandomValues(new Uint32Array(2)).reduce((word, part) => word + part.toString(36), "").padEnd(8, "0").slice(0, 14);
  let wait = every;
  let timer = 0;

  const shown = () => [...cards.querySelectorAll(".card[data-queue]:not(.leaving)")];

  function question(at) {
    const said = new FormData(document.getElementById("undo"));
    said.set("page", page);
    said.set("at", at);
    said.set("filters", cards.dataset.filters);
    said.set("newest", cards.dataset.newest ?? "");
    for (const card of shown()) said.append("story", `${card.id.slice("story-".length)}:${card.dataset.queue}`);
    return said;
  }

  const focused = () => document.activeElement.closest("#cards .card[data-queue]")?.id.slice("story-".length) ?? "";

  function write(element, text) {
    if (element && element.textContent !== text) element.textContent = text;
  }

  function takerOf(card, { assignee, assignee_name: name }) {
    const tick = card.querySelector(".pick input");
    const slot = card.querySelector(".taker");
    const had = slot.querySelector(".taker-name")?.textContent ?? "";
    if (tick) tick.value = tick.value.replace(/[^:]*$/, assignee);
    if (had === name) return;
    slot.replaceChildren();
    if (!name) return;
    const parts = [["taker-label", cards.dataset.taker], ["taker-name", name]].map(([kind, text]) => {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = text;
      return part;
    });
    slot.append(parts[0], " ", parts[1]);
  }

  // A card that somebody else decided steps back in its place, and says who and what.
  function settle(card, { queue, words }) {
    const moved = queue !== card.dataset.queue;
    card.classList.toggle("elsewhere", moved);
    write(card.querySelector(".taken"), moved ? words : "");
    const tick = card.querySelector(".pick input");
    if (tick && moved && tick.checked) tick.click();
  }

  function show(answer) {
    for (const card of shown()) {
      const now = answer.stories[card.id.slice("story-".length)];
      if (!now) continue;
      takerOf(card, now);
      settle(card, now);
      write(card.querySelector(".looking"), now.looking);
    }
    write(document.getElementById("waiting").lastChild, String(answer.waiting));
    const sum = document.getElementById("sum");
    if (sum) write(sum, sum.textContent.replace(/\d+/, answer.waiting));
    // Nobody reads an empty page: it fills by itself.
    if (answer.fresh && !cards.querySelector(".card")) return location.reload();
    write(fresh, answer.fresh);
    fresh.hidden = !answer.fresh;
  }

  async function ask() {
    clearTimeout(timer);
    try {
      const answer = await fetch(cards.dataset.live, { method: "POST", body: question(focused()), redirect: "manual" });
      // Signed out, or the program was renewed: the next press tells.
      if (answer.type === "opaqueredirect" || answer.status === 403) return;
      if (!answer.ok) throw new Error(answer.statusText);
      show(await answer.json());
      wait = every;
    } catch {
      wait = Math.min(wait * 2, SLOWEST_MS);
    }
    if (!document.hidden) timer = setTimeout(ask, wait);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) return void ask();
    // Whoever looks elsewhere is not looking here.
    fetch(cards.dataset.live, { method: "POST", body: question(""), redirect: "manual", keepalive: true }).catch(() => {});
  });
  timer = setTimeout(ask, every);
})();
