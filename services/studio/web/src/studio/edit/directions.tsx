// Named directions, all of them at once, and for experts the components that they are made of.

import { Button } from "../../parts/buttons";
import { ErrorLine } from "../../parts/messages";
import type { Direction } from "../../protos/mammoganesis/v1/pca_editing_pb";
import { withComponentEdits, type Axis } from "../../state/recipe";
import { rowsOf, strayRows, type Row } from "../../state/rows";
import { components, directions, served } from "../../state/served";
import { look, recipe, settle, state } from "../../state/store";
import { directionName, layersText } from "../../state/words";
import { noteOf, percent, t } from "../../texts/texts";
import { Components } from "./components";
import { EditDetails, FurtherEdit, numWs } from "./editdetails";
import { EditSlider } from "./editslider";
import { effectsText, unlikeText } from "./effects";
import { HelpOn } from "./helpon";
import { directionRoom, reach, usefulOf } from "./reach";
import { textOfAxis } from "./sweep";

const along = (direction: Direction): Axis => ({ case: "name", value: direction.name });

export function DirectionsPanel() {
  if (components.value.length === 0) return <p class="note">{t("edit.none")}</p>;
  const answer = reach.answer.value?.is;
  const moved = recipe.value.componentEdits.length > 0;
  const axes: Axis[] = [...directions.value.map(along), ...components.value.map(({ index }): Axis => ({ case: "index", value: index }))];
  return (
    <>
      {directions.value.map((direction) => (
        <DirectionRows key={direction.name} direction={direction} />
      ))}
      {strayRows(recipe.value, axes).map((row) => (
        <FurtherEdit key={row.position} row={row} />
      ))}
      <p class="note beyond" role="status" hidden={!(answer && answer.reach > 1)}>
        {answer && answer.reach > 1 ? `${t("edit.beyond.all")} ${unlikeText(served.value?.model.reachEvidence)}` : ""}
      </p>
      {state.value.expert && answer ? <p class="note">{t("edit.reach", { reach: percent(answer.reach) })}</p> : null}
      <ErrorLine text={reach.failure.value && t("edit.reach.failed", { message: reach.failure.value })} />
      <div class="row">
        <Button look="quiet" disabled={!moved} onClick={() => settle(withComponentEdits(recipe.value, []))}>
          {t("edit.resetAll")}
        </Button>
      </div>
      {state.value.expert || directions.value.length === 0 ? <Components /> : null}
    </>
  );
}

function DirectionRows({ direction }: { direction: Direction }) {
  const [first, ...further] = rowsOf(recipe.value, along(direction));
  const name = directionName(direction.name);
  const sigmas = first?.edit?.sigmas ?? 0;
  const axis = textOfAxis(along(direction));
  const shown = state.value.strip === axis;
  if (!first) return null;
  return (
    <>
      <EditSlider
        row={first}
        label={name}
        range={{ from: Math.min(0, direction.sigmasStart), to: Math.max(0, direction.sigmasEnd) }}
        useful={further.length === 0 ? usefulOf(directionRoom(direction.name)) : undefined}
        help={<HelpOn topic="direction" name={name} />}
      >
        <p class="note">{noteOf("direction", direction.name, direction.note)}</p>
        <p class="note">{effectsText(direction, sigmas)}</p>
        <div class="row">
          <Button look="quiet" pressed={shown} label={t("edit.strip.of", { name })} onClick={() => look({ strip: shown ? "" : axis })}>
            {t("edit.strip")}
          </Button>
        </div>
        {state.value.expert && first.edit ? <EditDetails row={first} name={name} /> : <OwnLayers row={first} />}
      </EditSlider>
      {further.map((row, i) => (
        <FurtherEdit key={i} row={row} />
      ))}
    </>
  );
}

// Said where an edit acts on other layers than its direction does: a file may bring such a one.
function OwnLayers({ row: { edit } }: { row: Row }) {
  if (!edit || (edit.layerStart === undefined && edit.layerEnd === undefined)) return null;
  return <p class="note">{layersText(edit, numWs())}</p>;
}
