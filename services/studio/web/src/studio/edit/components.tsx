// The bare components, for experts, each with what the directions do to it already.

import { useState } from "preact/hooks";

import { Button } from "../../parts/buttons";
import type { Component } from "../../protos/mammoganesis/v1/pca_editing_pb";
import { bySignificance, contributionsTo, directionsAlong } from "../../state/axes";
import type { Axis } from "../../state/recipe";
import { rowsOf } from "../../state/rows";
import { components, directions, editing } from "../../state/served";
import { look, recipe, state } from "../../state/store";
import { directionName } from "../../state/words";
import { counted, percent, signed, t } from "../../texts/texts";
import { EditDetails, FurtherEdit } from "./editdetails";
import { EditSlider } from "./editslider";
import { HelpOn } from "./helpon";
import { componentRoom, usefulOf } from "./reach";
import { textOfAxis } from "./sweep";

const FIRST = 8;

export function Components() {
  const [all, setAll] = useState(false);
  const ordered = bySignificance(components.value);
  const isMoved = ({ index }: Component) => rowsOf(recipe.value, { case: "index", value: index }).some(({ edit }) => edit !== null) || contributionsTo(index, recipe.value, directions.value).length > 0;
  const shown = ordered.filter((component, place) => all || place < FIRST || isMoved(component)); // what is moved is never out of sight
  const more = ordered.length - shown.length;
  return (
    <section class="components" aria-labelledby="components-title">
      <h3 id="components-title" class="label">
        {t("edit.components")}
        <HelpOn topic="component" name={t("edit.components")} />
      </h3>
      {shown.map((component) => (
        <ComponentRows key={component.index} component={component} />
      ))}
      {more > 0 ? <Button onClick={() => setAll(true)}>{counted("edit.components.more", more)}</Button> : null}
      {all && ordered.length > FIRST ? <Button onClick={() => setAll(false)}>{t("edit.components.less", { count: FIRST })}</Button> : null}
    </section>
  );
}

function ComponentRows({ component }: { component: Component }) {
  const { index } = component;
  const axis: Axis = { case: "index", value: index };
  const [first, ...further] = rowsOf(recipe.value, axis);
  const contributions = contributionsTo(index, recipe.value, directions.value);
  const by = contributions.reduce((sum, { sigmas }) => sum + sigmas, 0);
  const names = directionsAlong(index, directions.value).map((direction) => directionName(direction.name));
  const label = names.length > 0 ? t("edit.component.named", { index, names: names.join(", ") }) : t("edit.component", { index });
  const parts = contributions.map(({ name, sigmas, layers: [from, to] }) =>
    t("edit.component.part", { sigmas: signed(sigmas), name: directionName(name), layers: t("words.layers", { from, to: to - 1 }) }),
  );
  const max = editing.value.maxSigmas;
  const shown = state.value.strip === textOfAxis(axis);
  if (!first) return null;
  return (
    <>
      <EditSlider
        row={first}
        label={label}
        range={{ from: -max, to: max }}
        useful={usefulOf(componentRoom(index), by)}
        by={by}
        text={(total) => (parts.length > 0 ? t("edit.component.by", { total, parts: parts.join(", ") }) : total)}
      >
        <p class="note">
          {t("edit.component.share", { share: percent(component.explainedVarianceRatio) })}
          {component.rejected ? ` · ${t("edit.component.rejected")}` : ""}
        </p>
        <div class="row">
          <Button look="quiet" pressed={shown} label={t("edit.strip.of", { name: label })} onClick={() => look({ strip: shown ? "" : textOfAxis(axis) })}>
            {t("edit.strip")}
          </Button>
        </div>
        {first.edit ? <EditDetails row={first} name={label} /> : null}
      </EditSlider>
      {further.map((row, i) => (
        <FurtherEdit key={i} row={row} />
      ))}
    </>
  );
}
