// The queue's keys, and what htmx leaves to us: where the focus goes, and where an undone card comes back to.
"use strict";

(() => {
  const cards = document.getElementById("cards");
  const help = document.getElementById("help");
  // Story id -> id of the element that stood behind its card ("" for the last one).
  const places = new Map();
  // Story id -> its card on the way out.
  const going = new Map();
  const TOAST_MS = 10000;
  let toastTimer = 0;
  let returned = [];

  const open = () => [...cards.querySelectorAll(".card:not(.leaving, .settled, .elsewhere)")];
  const isSettled = (card) => card.matches(".settled, .elsewhere");
  const current = () => document.activeElement && document.activeElement.closest("#cards .card");
  const picked = () => [...cards.querySelectorAll(".card:has(.pick :checked)")];

  function go(card) {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  }

  const follows = (card) => (other) => card.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;

  function after(card) {
    const list = open();
    return list.find(follows(card)) || list.at(-1);
  }

  function step(by) {
    const list = open();
    const card = current();
    if (!card) return go(list[0]);
    // The card itself may have settled meanwhile, and be none of the list's.
    const behind = list.findIndex(follows(card));
    const before = list.filter((other) => other !== card && !follows(card)(other)).length - 1;
    const next = by > 0 ? list[behind] : list[before];
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
    // What is ticked is meant, wherever the focus is.
    const form = picked().length ? document.getElementById("bulk") : card;
    if (!form) return go(open()[0]);
    if (form === card && isSettled(card)) return go(after(card));
    const button = form.querySelector(`button[value="${choice}"]`);
    if (button) button.click();
  }

  function pick() {
    const card = current();
    if (!card) return go(open()[0]);
    if (!isSettled(card)) card.querySelector(".pick input")?.click();
  }

  // Never the button of the line at the foot: a decision still on its way is later than what that line speaks of.
  const undo = () => document.getElementById("undo").requestSubmit();

  const actions = {
    j: () => step(1),
    k: () => step(-1),
    o: () => current()?.querySelector("a.original")?.click(),
    z: () => current()?.querySelector("a.unfold")?.click(),
    s: pick,
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

  // A decision is on its way: its cards step back and the next takes over, so that keys can follow each other.
  // hx-sync sends them one after the other, in the order of the presses.
  document.addEventListener("submit", (event) => {
    if (event.submitter?.value === "assign") return;
    const card = event.target.matches("form.buttons") && event.target.closest("#cards .card");
    const meant = event.target.matches("#bulk") ? picked() : [card].filter(Boolean);
    if (!meant.length) return;
    const leads = !card || card.contains(document.activeElement);
    for (const one of meant) {
      places.set(one.id, one.nextElementSibling?.id ?? "");
      going.set(one.id, one);
      one.classList.add("leaving");
    }
    if (leads) go(after(meant.at(-1)));
  });

  // What now stands behind the place where a card stood: others there may have left since.
  function behind(id) {
    let next = places.get(id);
    while (next && !document.getElementById(next)) next = places.get(next);
    return next ? document.getElementById(next) : null;
  }

  // Undone cards come in at the top; whatever still stands under their names goes first.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!form || !form.matches("[data-undo]") || event.detail.xhr.status !== 200) return;
    returned = [...event.detail.serverResponse.matchAll(/<article class="card" id="(story-\d+)"/g)].map((found) => found[1]);
    for (const id of returned) document.getElementById(id)?.remove();
  });

  // From there each goes where it stood before. The last one first: the one before it may have stood in front of it.
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of returned.toReversed()) {
      const card = document.getElementById(id);
      if (!card || !places.has(id)) continue;
      const next = behind(id);
      if (next) next.before(card);
      else cards.append(card);
    }
  });

  // Cards that were decided together; of those that came back with a word, this is not the one that is shown.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, requestConfig, successful } = event.detail;
    if (elt.id !== "bulk" || !successful || requestConfig.parameters.choice === "assign") return;
    for (const text of [requestConfig.parameters.story].flat()) going.get(`story-${text.split(":")[0]}`)?.remove();
  });

  function count() {
    const sum = document.getElementById("sum");
    const waiting = document.getElementById("waiting").lastChild.textContent;
    if (sum) sum.textContent = sum.textContent.replace(/\d+/, waiting);
  }

  document.addEventListener("htmx:afterSettle", () => {
    if (returned.length) go(document.getElementById(returned[0]));
    returned = [];
    count();
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
    if (event.target.id === "bulk") picked().forEach((one) => one.classList.remove("leaving"));
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
