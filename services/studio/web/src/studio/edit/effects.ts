// What edits do beside what they are for, in words: what else a direction moves, and how often images beyond reach look wrong.

import type { Direction, SideEffect } from "../../protos/mammoganesis/v1/pca_editing_pb";
import type { ReachEvidence } from "../../protos/mammoganesis/v1/model_pb";
import { known, number, percent, signed, t } from "../../texts/texts";

const SEEN = 0.1; // standard deviations of an attribute, below which it is not said

// The attributes that move along, the strongest first, at that end of the useful range on whose side the displacement is.
export function alongWith(direction: Direction, sigmas: number): { attribute: string; change: number }[] {
  const own = direction.evidence?.attribute;
  const change = (effect: SideEffect) => (sigmas < 0 ? effect.atStart : effect.atEnd);
  return direction.sideEffects
    .filter((effect) => effect.attribute !== own && Math.abs(change(effect)) >= SEEN)
    .map((effect) => ({ attribute: effect.attribute, change: change(effect) }))
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}

function attributeText(attribute: string, change: number): string {
  const way = change > 0 ? "more" : "less";
  const otherwise = t(`attribute.other.${way}`, { name: attribute.replaceAll("_", " ") });
  return t("edit.effect", { what: known(`attribute.${attribute}.${way}`, otherwise), sigmas: signed(change) });
}

// One line; "" where nothing was measured.
export function effectsText(direction: Direction, sigmas: number): string {
  if (direction.sideEffects.length === 0) return "";
  const effects = alongWith(direction, sigmas);
  if (effects.length === 0) return t("edit.effects.none");
  const end = sigmas < 0 ? direction.sigmasStart : direction.sigmasEnd;
  return t("edit.effects", { sigmas: signed(end), effects: effects.map(({ attribute, change }) => attributeText(attribute, change)).join(", ") });
}

// How often edited images of the model look unlike real ones; "" where its bundle does not say.
export function unlikeText(found: ReachEvidence | undefined): string {
  if (!found?.imagesWithin || !found.imagesBeyond) return "";
  return t("edit.unlike", {
    images: number(found.imagesWithin + found.imagesBeyond),
    beyond: percent(found.unlikeBeyond / found.imagesBeyond),
    within: percent(found.unlikeWithin / found.imagesWithin),
  });
}
