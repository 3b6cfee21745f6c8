// What sides, views, categories and kinds of questions are called.

import { BiRads, Density } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { QuestionKind } from "../protos/mammoganesis/v1/quizzes_pb";
import { t, type TextKey } from "../texts/texts";
import type { Side as ViewerSide, View as ViewerView } from "../viewer/types";

export const BI_RADS = [
  { value: BiRads.BI_RADS_0, code: "0" },
  { value: BiRads.BI_RADS_1, code: "1" },
  { value: BiRads.BI_RADS_2, code: "2" },
  { value: BiRads.BI_RADS_3, code: "3" },
  { value: BiRads.BI_RADS_4, code: "4" },
  { value: BiRads.BI_RADS_4A, code: "4A" },
  { value: BiRads.BI_RADS_4B, code: "4B" },
  { value: BiRads.BI_RADS_4C, code: "4C" },
  { value: BiRads.BI_RADS_5, code: "5" },
  { value: BiRads.BI_RADS_6, code: "6" },
] as const;

export const DENSITIES = [
  { value: Density.A, code: "A" },
  { value: Density.B, code: "B" },
  { value: Density.C, code: "C" },
  { value: Density.D, code: "D" },
] as const;

export interface Category<Value> {
  value: Value;
  code: string; // such as "4A"
  text: string; // such as "4A: low suspicion of malignancy"
}

export const biRadsCategories = (): Category<BiRads>[] =>
  BI_RADS.map(({ value, code }) => ({ value, code, text: t("teaching.category", { code, meaning: t(`birads.${code}`) }) }));

export const densityCategories = (): Category<Density>[] =>
  DENSITIES.map(({ value, code }) => ({ value, code, text: t("teaching.category", { code, meaning: t(`density.${code}`) }) }));

export const viewerSide = (side: Side): ViewerSide | undefined => ({ [Side.LEFT]: "L", [Side.RIGHT]: "R", [Side.UNSPECIFIED]: undefined })[side] as ViewerSide | undefined;

export const viewerView = (view: View): ViewerView | undefined => ({ [View.CC]: "CC", [View.MLO]: "MLO", [View.UNSPECIFIED]: undefined })[view] as ViewerView | undefined;

// Such as "R CC"; "Image 2" where neither side nor view is said.
export function imageName(image: { side: Side; view: View }, place: number): string {
  const name = [viewerSide(image.side), viewerView(image.view)].filter(Boolean).join(" ");
  return name || t("teaching.image", { number: place + 1 });
}

const KINDS: Record<QuestionKind, TextKey> = {
  [QuestionKind.UNSPECIFIED]: "kind.text",
  [QuestionKind.SINGLE_CHOICE]: "kind.single",
  [QuestionKind.MULTIPLE_CHOICE]: "kind.multiple",
  [QuestionKind.BI_RADS]: "kind.biRads",
  [QuestionKind.DENSITY]: "kind.density",
  [QuestionKind.MARK]: "kind.mark",
  [QuestionKind.FREE_TEXT]: "kind.text",
};

export const kindName = (kind: QuestionKind) => t(KINDS[kind]);
