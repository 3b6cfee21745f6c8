import { beforeEach, describe, expect, it } from "vitest";

import { speak } from "../texts/texts";
import { catalogueOf, draftOf, emptyDirection, withChange, type Catalogue, type Rules } from "./draft";
import { isName, nameOf } from "./names";
import { problems } from "./problems";
import { firstView, listing, queryOf, targetOf, viewOf, type View } from "./view";

const PATTERN = "[a-z0-9]+(-[a-z0-9]+)*";
const RULES: Rules = { layers: 8, sigmas: [-3, 3], maxSigmas: 20, maxEpsilon: 512, namePattern: PATTERN, maxName: 64, maxNote: 10 };
const EVIDENCE = { attribute: "mean_intensity", spearman_rho: 0.75, num_seeds: 50 };
const EFFECTS = [{ attribute: "breast_area", at_start: -1, at_end: 2, num_seeds: 16 }];
const CATALOGUE: Catalogue = {
  directions: [
    { index: 2, name: "coarseness", layer_start: 2, reversed: true, sigmas_end: 3.5, evidence: EVIDENCE, side_effects: EFFECTS },
    { index: 0, name: "contrast", layer_end: 4, note: "faint" },
    { index: 0, name: "fine-contrast", layer_start: 4 },
  ],
  rejected_components: [3],
  regions: [{ index: 0, name: "middle" }, { index: 2, name: "rim", rejected: true }],
  default_epsilon: 20,
};
const draft = () => draftOf(CATALOGUE, 5, 4, RULES);

beforeEach(() => speak("en", false));

describe("names", () => {
  it.each([
    ["breast density", "breast-density"],
    ["Breast  Density ", "breast-density"],
    ["densité_mammaire", "densite-mammaire"],
    ["half-typed-", "half-typed"],
    [" -a - b- ", "a-b"],
    ["contrast", "contrast"],
    ["", ""],
  ])("%j becomes %j", (typed, name) => {
    expect(nameOf(typed, PATTERN)).toBe(name);
    expect(nameOf(name, PATTERN)).toBe(name);
  });

  it("keeps what the pattern takes, and leaves what cannot be mended to be said", () => {
    expect(nameOf("A_B", "[A-Z_]+")).toBe("A_B");
    expect(isName(nameOf("50 %!", PATTERN), PATTERN)).toBe(false);
    expect(isName("a\n", PATTERN)).toBe(false);
  });
});

describe("the draft", () => {
  it("becomes the catalogue that it came from", () => {
    const catalogue = catalogueOf(draft(), "f".repeat(64), RULES);
    expect(catalogue.directions).toEqual([
      { ...emptyDirection(RULES), index: 0, name: "contrast", layer_end: 4, note: "faint" },
      { ...emptyDirection(RULES), index: 0, name: "fine-contrast", layer_start: 4 },
      { ...emptyDirection(RULES), index: 2, name: "coarseness", layer_start: 2, reversed: true, sigmas_end: 3.5, evidence: EVIDENCE, side_effects: EFFECTS },
    ]);
    expect(catalogue.rejected_components).toEqual([3]);
    expect(catalogue.regions?.map(({ name, rejected }) => [name, rejected])).toEqual([["middle", false], ["", false], ["rim", true], ["", false]]);
    expect([catalogue.default_epsilon, catalogue.low_resolution_epsilon]).toEqual([20, null]);
    const again = draftOf(catalogue, 5, 4, RULES);
    expect({ ...again, low_resolution_epsilon: "" }).toEqual(draft());
  });

  it("gives what was typed a valid name", () => {
    const mine = draft();
    mine.components[1] = { decision: "keep", directions: [{ ...emptyDirection(RULES), name: "Breast density ", note: " seen " }] };
    expect(problems(mine, RULES)).toEqual([]);
    expect(catalogueOf(mine, "", RULES).directions?.[2]).toMatchObject({ index: 1, name: "breast-density", note: "seen" });
  });

  it("forgets what was measured with what it was measured for", () => {
    const measured = draft().components[2]!.directions[0]!;
    expect(withChange(measured, { note: "other" })).toMatchObject({ evidence: EVIDENCE, side_effects: EFFECTS });
    expect(withChange(measured, { sigmas_end: 2 })).toMatchObject({ evidence: EVIDENCE, side_effects: [] });
    for (const change of [{ layer_start: 1 }, { layer_end: 4 }, { reversed: false }]) {
      expect(withChange(measured, change)).toMatchObject({ evidence: null, side_effects: [], ...change });
    }
    expect(withChange({ ...measured, side_effects: [] }, { side_effects: EFFECTS }).side_effects).toEqual(EFFECTS);
  });
});

describe("what is wrong", () => {
  it.each([
    [{ name: "" }, "Give it a name"],
    [{ name: "50 %" }, "letters from a to z"],
    [{ name: "Contrast" }, "contrast is there twice"],
    [{ name: "x".repeat(65) }, "64 characters at most"],
    [{ name: "a", layer_start: 1.5 }, "whole numbers, from 0 up to 8"],
    [{ name: "a", layer_start: 4, layer_end: 4 }, "whole numbers"],
    [{ name: "a", layer_end: null }, "whole numbers"],
    [{ name: "a", layer_end: 9 }, "whole numbers"],
    [{ name: "a", sigmas_start: 4 }, "from −20 to 20, the smaller one first"],
    [{ name: "a", sigmas_end: 20.5 }, "from −20 to 20"],
    [{ name: "a", note: "x".repeat(11) }, "10 characters at most"],
  ])("%j: %s", (change, text) => {
    const mine = draft();
    mine.components[1] = { decision: "keep", directions: [{ ...emptyDirection(RULES), ...change }] };
    expect(problems(mine, RULES).find(({ target }) => target === "component-1")?.text).toContain(text);
    mine.components[1].decision = "undecided";
    expect(problems(mine, RULES)).toEqual([]);
  });

  it("includes regions and budgets", () => {
    const mine = draft();
    mine.regions[1] = { decision: "keep", name: "", note: "", labelled_names: [] };
    mine.regions[3] = { decision: "reject", name: "middle", note: "", labelled_names: [] };
    mine.default_epsilon = "0";
    mine.low_resolution_epsilon = "?";
    expect(problems(mine, RULES).map(({ target }) => target)).toEqual(["region-0", "region-1", "region-3", "default-epsilon", "low-resolution-epsilon"]);
    expect(problems({ ...draft(), default_epsilon: "", low_resolution_epsilon: "0" }, RULES)).toEqual([]);
  });
});

describe("the list", () => {
  const shares = [0.4, 0.2, 0.005, 0.004, 0.003];
  const list = (change: Partial<View>) => listing(draft(), shares, { ...firstView, ...change }, (key) => key.replaceAll("_", " "));

  it("holds what matters first: components of some variance or decided on, regions without a decision first", () => {
    expect(list({})).toEqual({ components: [0, 1, 2, 3], regions: [1, 3, 0, 2], minor: 1 });
    expect(list({ all: true })).toEqual({ components: [0, 1, 2, 3, 4], regions: [1, 3, 0, 2], minor: 1 });
  });

  it("can be filtered by decision and searched by names, notes, numbers and attributes, however they are written", () => {
    expect(list({ show: "undecided" })).toMatchObject({ components: [1], regions: [1, 3] });
    expect(list({ show: "reject" })).toMatchObject({ components: [3], regions: [2] });
    expect(list({ find: "CONTRAST fine" })).toMatchObject({ components: [0], regions: [] });
    expect(list({ find: "breast area" }).components).toEqual([2]);
    expect(list({ find: "mean-intensity" }).components).toEqual([2]);
    expect(list({ find: "4" })).toEqual({ components: [4], regions: [], minor: 0 });
    expect(list({ find: "middle" }).regions).toEqual([0]);
  });
});

describe("the address", () => {
  it("says the view, and only what is not as it opens", () => {
    const view: View = { seed: 7, rows: 2, range: "4", quality: "full", labels: { view: "MLO" }, show: "keep", find: "dense core", all: true };
    const query = queryOf(view, "?lang=fr&seed=9");
    expect(viewOf(query)).toEqual(view);
    expect(new URLSearchParams(query).get("lang")).toBe("fr");
    expect(queryOf(firstView, query)).toBe("?lang=fr");
    expect(queryOf(firstView, "?seed=4")).toBe("");
  });

  it("opens as ever where it cannot be read", () => {
    expect(viewOf("?seed=-1&rows=5&range=x&quality=best&show=none&all=yes")).toEqual(firstView);
  });
});

describe("a jump", () => {
  it.each([
    ["3", "component-3"],
    [" component 0 ", "component-0"],
    ["c12", "component-12"],
    ["r3", "region-3"],
    ["Région 1", "region-1"],
    ["20", null],
    ["r4", null],
    ["density", null],
    ["", null],
  ])("%j leads to %s", (text, target) => expect(targetOf(text, 20, 4)).toBe(target));
});
