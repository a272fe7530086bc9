// The board of an issue: articles dragged with a mouse or moved by keys. Every move is the form that also works without this.
"use strict";

(() => {
  const TOAST_MS = 6000;
  let toastTimer = 0;
  let dragged = null;
  // What had the focus when a move was sent: it has it again when the board comes back.
  let held = null;

  const board = () => document.getElementById("board");
  const seats = () => [...board().querySelectorAll(".seat")].filter((seat) => seat.checkVisibility());
  const current = () => document.activeElement && document.activeElement.closest("#board .seat");

  function ready() {
    for (const seat of board().querySelectorAll(".seat")) seat.draggable = true;
  }

  function go(seat) {
    if (!seat) return;
    seat.focus({ preventScroll: true });
    seat.scrollIntoView({ block: "nearest" });
  }

  function move(seat, spot, before) {
    const form = document.getElementById("move");
    form.elements.candidate.value = seat.dataset.candidate;
    form.elements.seen.value = seat.dataset.spot;
    form.elements.to.value = spot;
    form.elements.before.value = before ? before.dataset.candidate : "";
    held = { seat: seat.id, control: "" };
    form.requestSubmit();
  }

  function press(seat, action) {
    const button = seat.querySelector(`button[value="${action}"]`);
    if (button) button.click();
  }

  const place = (seat, index) => {
    const section = board().querySelector(`[data-index="${index}"]`);
    if (section && section.dataset.spot !== seat.dataset.spot) move(seat, section.dataset.spot, null);
  };

  function step(by) {
    const list = seats();
    const seat = current();
    go(seat ? list[list.indexOf(seat) + by] : list[0]);
  }

  // With a Korean input method on, the key j says "ㅓ" or "Process"; its place on the keyboard tells.
  function keyOf(event) {
    if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
    const found = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(event.code);
    return found ? (found[1] || found[2]).toLowerCase() : event.key;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    const seat = current();
    const key = keyOf(event);
    if (event.altKey) {
      if (!seat || (key !== "ArrowUp" && key !== "ArrowDown")) return;
      event.preventDefault();
      press(seat, key === "ArrowUp" ? "up" : "down");
    } else if (key === "j" || key === "k") {
      event.preventDefault();
      step(key === "j" ? 1 : -1);
    } else if (seat && !event.repeat && /^[0-9]$/.test(key)) {
      event.preventDefault();
      place(seat, key);
    } else if (seat && (key === "e" || (key === "Enter" && event.target === seat))) {
      event.preventDefault();
      seat.querySelector("a.edit").click();
    }
  });

  // Where a dragged article would come to stand: in front of the first one whose middle is below the pointer.
  function behind(section, y) {
    return [...section.querySelectorAll(".seat")].find((seat) => {
      const box = seat.getBoundingClientRect();
      return seat !== dragged && y < box.top + box.height / 2;
    });
  }

  function unmark() {
    for (const marked of board().querySelectorAll(".into, .in-front")) marked.classList.remove("into", "in-front");
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("#board .seat");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.querySelector(".title").textContent);
    dragged.classList.add("dragged");
    board().classList.add("dragging");
  });

  document.addEventListener("dragover", (event) => {
    const section = dragged && event.target.closest?.("#board [data-spot][data-index]");
    if (!section) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    unmark();
    section.classList.add("into");
    if (section.dataset.index !== "0") behind(section, event.clientY)?.classList.add("in-front");
  });

  document.addEventListener("drop", (event) => {
    const section = dragged && event.target.closest?.("#board [data-spot][data-index]");
    if (!section) return;
    event.preventDefault();
    const before = section.dataset.index === "0" ? null : behind(section, event.clientY);
    if (section.dataset.index !== "0" || dragged.dataset.spot !== "/") move(dragged, section.dataset.spot, before);
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    board().classList.remove("dragging");
    dragged = null;
    unmark();
  });

  document.addEventListener("submit", (event) => {
    const seat = event.target.closest?.("#board .seat");
    if (seat) held = { seat: seat.id, control: event.submitter?.value || "" };
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "board") return;
    ready();
    const seat = held && document.getElementById(held.seat);
    // Whoever went on to another article meanwhile is not called back.
    if (seat && (document.activeElement === document.body || document.activeElement === seat)) {
      const control = held.control && seat.querySelector(`button[value="${held.control}"]`);
      if (control) control.focus({ preventScroll: true });
      else seat.focus({ preventScroll: true });
      seat.scrollIntoView({ block: "nearest" });
    }
    held = null;
    const toast = document.getElementById("toast");
    toast.classList.remove("gone");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => toast.matches(":hover, :focus-within") || toast.classList.add("gone"), TOAST_MS);
  });

  function failed() {
    const toast = document.getElementById("toast");
    const line = document.createElement("p");
    line.textContent = document.getElementById("board-words").dataset.failed;
    toast.replaceChildren(line);
    toast.classList.remove("gone");
    toast.classList.add("warn");
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, failed);
  }

  ready();
})();
