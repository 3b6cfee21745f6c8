// Contact sheets: pictures are asked for when their card comes near the screen, one sheet at a time.

import { imageUrl } from "./api.js";

const NEAR = "500px 0px"; // how far from the screen a sheet is asked for
const REST = 500; // milliseconds that a changed field rests before its sheet is drawn anew

const sheets = new Map(); // element -> sheet
const waiting = new Set();
let running = false;

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const sheet = sheets.get(entry.target);
      if (!sheet) continue;
      sheet.isNear = entry.isIntersecting;
      if (sheet.isNear) want(sheet);
    }
  },
  { rootMargin: NEAR },
);

// A sheet in `element`; `draw(signal)` fills it and throws when it cannot.
export function addSheet(element, draw) {
  sheets.set(element, { element, draw, isNear: false, isFresh: false, controller: null, rest: null });
  element.dataset.state = "waiting";
  observer.observe(element);
}

export function removeSheet(element) {
  sheets.get(element)?.controller?.abort();
  waiting.delete(sheets.get(element));
  sheets.delete(element);
  observer.unobserve(element);
}

// What the sheet shows has changed: it is drawn anew, once its fields have come to rest.
export function redraw(element) {
  const sheet = sheets.get(element);
  sheet.isFresh = false;
  sheet.controller?.abort();
  clearTimeout(sheet.rest);
  sheet.rest = setTimeout(() => sheet.isNear && want(sheet), REST);
}

export function redrawAll() {
  for (const element of sheets.keys()) redraw(element);
}

function want(sheet) {
  if (sheet.isFresh) return;
  waiting.add(sheet);
  work();
}

async function work() {
  if (running) return;
  running = true;
  for (const sheet of waiting) {
    waiting.delete(sheet);
    if (!sheet.isNear || sheet.isFresh) continue; // scrolled past
    const controller = new AbortController();
    sheet.controller = controller;
    sheet.element.dataset.state = "loading";
    sheet.isFresh = true;
    try {
      await sheet.draw(controller.signal);
      sheet.element.dataset.state = "ready";
    } catch (error) {
      if (controller.signal.aborted) continue; // its `redraw` asks again
      sheet.isFresh = false;
      sheet.element.dataset.state = "failed";
      sheet.element.replaceChildren(failure(sheet, error));
    }
  }
  running = false;
}

function failure(sheet, error) {
  const box = document.createElement("div");
  const text = document.createElement("p");
  const again = document.createElement("button");
  box.className = "failure";
  text.textContent = error.isUnavailable ? "The image server does not answer." : error.message;
  again.type = "button";
  again.className = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => want(sheet));
  box.append(text, again);
  return box;
}

// A table of pictures: headings above the columns, a label at each row. `place(row, column, image)` fills a cell.
export function grid(element, headings, labels, description) {
  for (const picture of element.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  const table = document.createElement("div");
  table.className = "pictures";
  table.setAttribute("role", "img");
  table.setAttribute("aria-label", description);
  table.style.setProperty("--columns", headings.length);
  const head = line("heads", "");
  head.lastChild.append(...headings.map((text) => textElement("span", text)));
  const rows = labels.map((label) => {
    const row = line("cells", label);
    row.lastChild.append(...headings.map(() => document.createElement("i")));
    return row;
  });
  const mark = textElement("p", "Synthetic \u2013 not for diagnosis");
  mark.className = "note";
  table.append(head, ...rows, mark);
  element.replaceChildren(table);
  return {
    heads: [...head.lastChild.children],
    place(row, column, image, ...overlays) {
      const cell = document.createElement("i");
      const picture = document.createElement("img");
      picture.src = imageUrl(image);
      picture.alt = "";
      picture.classList.toggle("pixelated", image.width < 64);
      cell.append(picture, ...overlays);
      rows[row].lastChild.children[column].replaceWith(cell);
    },
  };
}

function line(kind, label) {
  const row = document.createElement("div");
  const cells = document.createElement("div");
  row.className = "line";
  cells.className = kind;
  row.append(textElement("span", label), cells);
  return row;
}

function textElement(kind, text) {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}
