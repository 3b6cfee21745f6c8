// The images of a case: order, side and view, pixel spacing; and more of them.

import type { CaseImage } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { Thumbnail } from "../images/small";
import { Button, Help } from "../parts/buttons";
import { Choice, NumberField } from "../parts/fields";
import { Ordered } from "../parts/ordered";
import { addressOf, firstState } from "../state/address";
import { labelFields, labelled, randomSeed, served, smallResolution } from "../state/served";
import { imageName } from "../teaching/words";
import { t } from "../texts/texts";
import { AddImage } from "./addimage";
import { FOUR_VIEWS, MAX_IMAGES, changed, imagesOf, knowsViews, recipeOfImage, reordered, withImage, withImageChange, withImageOfSeed, withoutImage } from "./model";
import type { TabProps } from "./tab";

const SIDES = { none: Side.UNSPECIFIED, right: Side.RIGHT, left: Side.LEFT } as const;
const VIEWS = { none: View.UNSPECIFIED, CC: View.CC, MLO: View.MLO } as const;
const nameOf = <Names extends Record<string, number>>(names: Names, value: number) =>
  (Object.keys(names) as (keyof Names & string)[]).find((name) => names[name] === value) ?? (Object.keys(names)[0] as keyof Names & string);

export function ImagesTab({ one, onChange }: TabProps) {
  const isScreening = one.images.length === FOUR_VIEWS.length && FOUR_VIEWS.every(({ side, view }, at) => one.images[at]?.side === side && one.images[at]?.view === view);
  const another = () =>
    onChange(
      changed(one, (copy) => {
        copy.images = imagesOf("screening", randomSeed(), labelled.value);
        copy.findings = [];
        for (const question of copy.questions) {
          question.findingIds = [];
          if (question.kind.case === "mark") question.kind.value.findingIds = [];
        }
      }),
    );
  return (
    <>
      {isScreening ? (
        <div class="row label">
          <Button disabled={served.value === null} onClick={another}>{t("images.other")}</Button>
          <Help name={t("images.other")}>
            {t("images.otherHelp")} {knowsViews(labelFields.value) ? t("images.fourHelp") : ""}
          </Help>
        </div>
      ) : null}
      <Ordered
        name={t("editor.tab.images")}
        things={one.images}
        idOf={({ imageId }) => imageId}
        titleOf={imageName}
        onMove={(from, to) => onChange(changed(one, (copy) => (copy.images = reordered(copy.images, from, to))))}
      >
        {(image, place) => <ImageLine one={one} onChange={onChange} image={image} place={place} />}
      </Ordered>
      {one.images.length < MAX_IMAGES ? <AddImage onAdd={(recipe) => onChange(withImage(one, recipe, labelFields.value))} onSeed={(seed) => onChange(withImageOfSeed(one, seed, labelled.value))} /> : <p class="note">{t("images.full")}</p>}
    </>
  );
}

function ImageLine({ one, onChange, image, place }: TabProps & { image: CaseImage; place: number }) {
  const recipe = recipeOfImage(image);
  const change = (next: Partial<CaseImage>, burst = "") => onChange(withImageChange(one, place, next, labelFields.value), burst);
  const title = imageName(image, place);
  return (
    <div class="image">
      <span class="small">{recipe ? <Thumbnail recipe={recipe} resolution={smallResolution.value} alt={title} /> : null}</span>
      <div class="fields">
        <div class="two">
          <Choice
            label={t("images.side")}
            value={nameOf(SIDES, image.side)}
            options={(["none", "right", "left"] as const).map((value) => ({ value, text: t(`images.side.${value}`) }))}
            onChange={(side) => change({ side: SIDES[side] })}
          />
          <Choice
            label={t("label.view")}
            value={nameOf(VIEWS, image.view)}
            options={[
              { value: "none", text: t("images.view.none") },
              { value: "CC", text: "CC" },
              { value: "MLO", text: "MLO" },
            ]}
            onChange={(view) => change({ view: VIEWS[view] })}
          />
        </div>
        <NumberField
          label={t("images.spacing")}
          value={image.pixelSpacingMillimetres || null}
          refusal={(value) => (value === null || (value > 0 && value <= 10) ? "" : t("images.spacingBad"))}
          help={<Help name={t("images.spacing")}>{t("images.spacingHelp")}</Help>}
          onChange={(value) => change({ pixelSpacingMillimetres: value ?? 0 }, `spacing ${image.imageId}`)}
        />
        <div class="row spread">
          {recipe ? (
            <a class="button" href={`.${addressOf({ ...firstState(recipe), screen: "edit" })}`} target="_blank" rel="noopener">
              {t("images.studio")}
            </a>
          ) : null}
          {one.images.length > 1 ? (
            <Button look="quiet" label={t("action.removeOne", { name: title })} onClick={() => onChange(withoutImage(one, image.imageId))}>
              {t("action.remove")}
            </Button>
          ) : null}
        </div>
      </div>
    </div>
  );
}
