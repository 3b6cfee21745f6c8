import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, it } from "vitest";

import { session } from "../session/session";
import { TakeAway } from "./takeaway";

const place = document.createElement("div");
document.body.append(place);
const pages = { studio: ["learner", "educator", "researcher", "operator"], cases: ["educator", "operator"] };

afterEach(() => {
  act(() => render(null, place));
  session.value = null;
});

function show(...roles: string[]): HTMLElement {
  session.value = roles.length ? { name: "", who: "1", roles, unmarked: roles.includes("researcher"), pages } : null;
  act(() => render(<TakeAway />, place));
  return place;
}

const leadsToCases = () => place.querySelector('a[href^="cases"]') !== null;
const asksForTheMark = () => place.querySelector('input[type="checkbox"]') !== null;

it("shows who may not have the page of cases no way to it", () => {
  const found = [["learner"], ["educator"], ["researcher"], ["researcher", "educator"]].map((roles) => (show(...roles), leadsToCases()));
  expect(found).toEqual([false, true, false, true]);
});

it("asks about the mark who may leave it away", () => {
  expect([["learner"], ["researcher"]].map((roles) => (show(...roles), asksForTheMark()))).toEqual([false, true]);
});

it("shows everything where nobody logs in", () => {
  show();
  expect([leadsToCases(), asksForTheMark()]).toEqual([true, true]);
});
