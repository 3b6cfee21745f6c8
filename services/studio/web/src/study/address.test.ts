import { describe, expect, it } from "vitest";

import { FIRST_ASKED, HOME, addressOf, readAddress, studyAt, type Place } from "./address";

describe("the address of the page of studies", () => {
  const places: Place[] = [
    HOME,
    studyAt("study_1"),
    studyAt("study_1", "results", "Real or generated & more"),
    { at: "size", asked: FIRST_ASKED },
    { at: "size", asked: { ...FIRST_ASKED, question: "width", auc: 0.5, readers: 4, generated: 48, deviation: 0 } },
  ];
  it.each(places)("says where it is: %j", (place) => expect(readAddress(addressOf(place))).toEqual(place));

  it.each([
    ["#", HOME],
    ["#study=", HOME],
    ["#study=study_1&part=nonsense", studyAt("study_1")],
    ["#size=nonsense&auc=-1&readers=many", { at: "size", asked: FIRST_ASKED }],
  ] as [string, Place][])("is read as far as it makes sense: %s", (hash, place) => expect(readAddress(hash)).toEqual(place));
});
