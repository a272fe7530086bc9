// The queue's keys, and what htmx leaves to us: where the focus goes, and where an undone card comes back to.
"use strict";

(() => {
  const cards = document.getElementById("cards");
  const help = document.getElementById("help");
  // Story id -> id of the element that stood behind its card ("" for the last one).
  const places = new Map();
  const TOAST_MS = 10000;
  let toastTimer = 0;
  let restored = "";

  const open = () => [...cards.querySelectorAll(".card:not(.leaving):not(.settled)")];
  const current = () => document.activeElement && document.activeElement.closest("#cards .card");

  function go(card) {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  function after(card) {
    const list = open();
    return list.find((other) => card.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) || list.at(-1);
  }

  function step(by) {
    const list = open();
    const card = current();
    if (!card) return go(list[0]);
    const next = list[list.indexOf(card) + by];
    if (next) return go(next);
    if (by > 0) loadMore();
  }

  function loadMore() {
    const link = document.querySelector("#more a");
    if (link) link.click();
    return Boolean(link);
  }

  function press(choice) {
    const card = current();
    if (!card || card.classList.contains("settled")) return go(open()[0]);
    const button = card.querySelector(`button[value="${choice}"]`);
    if (button) button.click();
  }

  // Never the button of the line at the foot: a decision still on its way is later than what that line speaks of.
  const undo = () => document.getElementById("undo").requestSubmit();

  const actions = {
    j: () => step(1),
    k: () => step(-1),
    o: () => current()?.querySelector("a.original")?.click(),
    a: () => press("accept"),
    x: () => press("reject"),
    l: () => press("later"),
    u: undo,
    "/": () => document.getElementById("q").focus(),
    "?": () => help.showModal(),
  };

  // With a Korean input method on, the key j says "ㅓ" or "Process"; its place on the keyboard tells.
  function keyOf(event) {
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return "?";
    if (event.key === "/" || event.code === "Slash") return "/";
    if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
    return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const field = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    if (event.key === "Enter") {
      if (event.target.matches(".card")) location.assign(event.target.dataset.story);
      return;
    }
    const key = keyOf(event);
    if (!Object.hasOwn(actions, key) || (event.repeat && key !== "j" && key !== "k")) return;
    event.preventDefault();
    actions[key]();
  });

  document.getElementById("show-help").addEventListener("click", () => help.showModal());

  // A decision is on its way: its card steps back and the next takes over, so that keys can follow each other.
  // hx-sync sends them one after the other, in the order of the presses.
  document.addEventListener("submit", (event) => {
    const card = event.target.matches("form.buttons") && event.target.closest("#cards .card");
    if (!card) return;
    const focused = card.contains(document.activeElement);
    places.set(card.id, card.nextElementSibling?.id ?? "");
    card.classList.add("leaving");
    if (focused) go(after(card));
  });

  // What now stands behind the place where a card stood: others there may have left since.
  function behind(id) {
    let next = places.get(id);
    while (next && !document.getElementById(next)) next = places.get(next);
    return next ? document.getElementById(next) : null;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!form || !form.matches("[data-undo]") || event.detail.xhr.status !== 200) return;
    const id = (event.detail.serverResponse.match(/id="(story-\d+)"/) || [])[1];
    if (!id) return;
    document.getElementById(id)?.remove();
    const next = behind(id);
    if (next) {
      event.detail.target = next;
      event.detail.swapOverride = "beforebegin";
    } else if (places.has(id)) {
      event.detail.swapOverride = "beforeend";
    }
    restored = id;
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (restored) go(document.getElementById(restored));
    restored = "";
    if (!cards.querySelector(".card") && !loadMore()) location.reload();
    const toast = document.getElementById("toast");
    toast.classList.remove("gone");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => toast.matches(":hover, :focus-within") || toast.classList.add("gone"), TOAST_MS);
  });

  function failed(event) {
    const card = event.target.closest?.(".card");
    if (card) {
      card.classList.remove("leaving");
      go(card);
    }
    const toast = document.getElementById("toast");
    const line = document.createElement("p");
    line.textContent = document.getElementById("words").dataset.failed;
    toast.replaceChildren(line);
    toast.classList.remove("gone");
    toast.classList.add("warn");
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, failed);
  }
})();
