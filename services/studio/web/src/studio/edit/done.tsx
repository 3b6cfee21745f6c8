// All that was done to the image, with a way to take each of it back.

import type { ComponentChildren } from "preact";

import { Button } from "../../parts/buttons";
import { unmixed, withPsiThroughout } from "../../state/mixtures";
import { isEdited, sameRecipe, sampleOf, startedAnew, withNoise, withoutEdit } from "../../state/recipe";
import { withoutTransfer } from "../../state/transfers";
import { editing } from "../../state/served";
import { look, recipe, settle } from "../../state/store";
import { layersText, moveText, noiseText, originText, transferText } from "../../state/words";
import { number, t } from "../../texts/texts";
import { numWs } from "./editdetails";
import { choose } from "./transferring";

export function DoneList() {
  const whole = recipe.value;
  const sample = sampleOf(whole);
  const psi = sample?.truncation?.psi;
  const setPsi = psi !== undefined && psi !== editing.value.psi;
  const anything = isEdited(whole) || !sameRecipe(whole, startedAnew(whole));
  return (
    <section class="group" aria-labelledby="done-title">
      <h2 id="done-title">{t("edit.done")}</h2>
      {anything ? (
        <ul class="done-list">
          {setPsi ? (
            <Item text={t("edit.done.psi", { psi: number(psi, 2) })} onRemove={() => settle(withPsiThroughout(whole, undefined))} />
          ) : null}
          {whole.noise ? <Item text={noiseText(whole.noise)} onRemove={() => settle(withNoise(whole, undefined))} /> : null}
          {whole.origin.case === "mixing" ? <Item text={originText(whole)} onRemove={() => settle(unmixed(whole))} /> : null}
          {whole.componentEdits.map((edit, position) => (
            <Item key={position} text={moveText(edit)} detail={layersText(edit, numWs())} onRemove={() => settle(withoutEdit(whole, position))} />
          ))}
          {whole.styleTransfers.map((transfer, position) => {
            const text = transferText(transfer, sample?.labels ?? {});
            return (
              <Item key={position} text={text} onRemove={() => settle(withoutTransfer(whole, position))}>
                <Button look="quiet" label={t("edit.done.changeOne", { name: text })} onClick={() => (choose(position), look({ tab: "region" }))}>
                  {t("edit.done.change")}
                </Button>
              </Item>
            );
          })}
        </ul>
      ) : (
        <p class="note">{t("edit.done.none")}</p>
      )}
      <div class="row">
        <Button disabled={!anything} onClick={() => settle(startedAnew(whole))}>
          {t("edit.done.removeAll")}
        </Button>
      </div>
    </section>
  );
}

interface ItemProps {
  text: string;
  detail?: string;
  onRemove: () => void;
  children?: ComponentChildren;
}

function Item({ text, detail, onRemove, children }: ItemProps) {
  return (
    <li>
      <span>
        {text}
        {detail ? <small> {detail}</small> : null}
      </span>
      {children}
      <button type="button" class="icon" aria-label={t("action.removeOne", { name: text })} onClick={onRemove}>
        {"\u00d7"}
      </button>
    </li>
  );
}
