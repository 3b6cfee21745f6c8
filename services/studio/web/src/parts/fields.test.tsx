import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, it } from "vitest";

import { NumberField } from "./fields";

const place = document.createElement("div");
document.body.append(place);
const told: (number | null)[] = [];
let refusal: ((value: number | null) => string) | undefined;

function show(value: number | null): HTMLInputElement {
  act(() => render(<NumberField label="points" value={value} onChange={(next) => told.push(next)} {...(refusal ? { refusal } : {})} />, place));
  return place.querySelector("input")!;
}

function type(input: HTMLInputElement, text: string): void {
  input.value = text;
  act(() => void input.dispatchEvent(new Event("input", { bubbles: true })));
}

describe("a field for a number", () => {
  afterEach(() => {
    told.length = 0;
    refusal = undefined;
    render(null, place);
  });

  it("tells numbers, nothing, and what is none, and takes a comma for a point", () => {
    const input = show(2);
    for (const text of ["2,5", "", "-", "1e1"]) type(input, text);
    expect(told).toEqual([2.5, null, Number.NaN, 10]);
  });

  it("keeps what is half typed while the page has no number for it", () => {
    const input = show(2);
    type(input, "-");
    expect(show(null).value).toBe("-");
    type(input, "-1.");
    expect(show(-1).value).toBe("-1.");
    expect(show(7).value).toBe("7");
    expect(show(null).value).toBe("");
  });

  it("says what does not fit and does not tell it", () => {
    refusal = (value) => (value !== null && value >= 1 ? "" : "1 or more");
    const input = show(2);
    type(input, "0");
    expect(told).toEqual([]);
    expect(place.querySelector("[role=alert]")?.textContent).toBe("1 or more");
    expect(input.getAttribute("aria-invalid")).toBe("true");
    type(input, "3");
    expect(told).toEqual([3]);
    expect(place.querySelector<HTMLElement>("[role=alert]")?.hidden).toBe(true);
  });
});
