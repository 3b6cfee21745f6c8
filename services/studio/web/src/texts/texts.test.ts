import { afterEach, describe, expect, it } from "vitest";

import { en } from "./en/en";
import { fr } from "./fr/fr";
import { likeness, noteOf, number, percent, signed, speak, t, written } from "./texts";

const gaps = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe("the catalogue of texts", () => {
  afterEach(() => speak("en", false));

  it("has the same gaps in every language", () => {
    for (const [key, text] of Object.entries(en)) expect(gaps(fr[key as keyof typeof en]), key).toEqual(gaps(text));
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  it("fills gaps and leaves unknown ones to be seen", () => {
    expect(t("action.removeOne", { name: "density" })).toBe("Remove: density");
    expect(t("action.removeOne")).toBe("Remove: {name}");
  });

  it("lets no line of French begin with a sign, nor end after the mark that opens a quotation", () => {
    const torn = Object.entries(fr).filter(([, text]) => / [;:!?%»](?!\w)|« /u.test(text));
    expect(torn).toEqual([]);
    speak("fr", false);
    expect(t("results.phaseTask", { phase: "Lecture", task: "Six images ?" })).toBe("Lecture\u00a0: Six images ?");
  });

  it("says a bundle's note in the language of the page where it knows it, and otherwise as it stands", () => {
    speak("fr", false);
    expect(noteOf("direction", "size", "From a small breast to a large one.")).toBe("D\u2019un petit sein à un grand.");
    expect(noteOf("direction", "size", "Of the nipple.")).toBe("Of the nipple.");
    expect(noteOf("region", "no-such", "")).toBe("");
  });

  it("writes numbers as the language does", () => {
    expect(written(0.65)).toBe("0.65");
    expect(signed(-1.5)).toBe("\u22121.5");
    expect(signed(0.04)).toBe("0.0");
    speak("fr", false);
    expect(signed(2)).toBe("+2,0");
    expect([written(0.65), written(20000), written(-1)]).toEqual(["0,65", "20000", "-1"]);
    expect(number(12345)).toMatch(/^12\s345$/u);
    expect(percent(0.05)).toMatch(/^5\s%$/u);
    expect(document.documentElement.lang).toBe("fr");
  });

  it("never writes a likeness below 1 as 100%", () => {
    const shares = [1, 0.99996, 0.9996, 0.996, 0.994, 0.8];
    expect(shares.map(likeness)).toEqual(["100%", ">99.99%", "99.96%", "99.6%", "99%", "80%"]);
    speak("fr", false);
    expect(shares.map((share) => likeness(share).replace(/\s/gu, " "))).toEqual(["100 %", ">99,99 %", "99,96 %", "99,6 %", "99 %", "80 %"]);
  });
});
