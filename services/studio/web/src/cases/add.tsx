// An image that comes from the studio: a new case of it, or one more image of a case.

import type { CaseSummary } from "../protos/mammoganesis/v1/cases_pb";
import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { Thumbnail } from "../images/small";
import { Button } from "../parts/buttons";
import { Notice } from "../parts/messages";
import { caseService } from "../rpc/clients";
import { recipeOfWords } from "../images/opened";
import { labelFields, smallResolution } from "../state/served";
import { t } from "../texts/texts";
import { caseAt } from "./address";
import { useList } from "../parts/lists";
import { MAX_IMAGES, newCase, withImage } from "./model";
import { arrive, beginCase, caseDraft } from "./store";
import { today } from "../parts/when";

export function AddPage({ text }: { text: string }) {
  const recipe = recipeOfWords(text);
  const list = useList<CaseSummary>("", async (pageToken, signal) => {
    const { cases, nextPageToken } = await caseService.listCases({ pageToken }, { signal });
    return { things: cases, next: nextPageToken };
  });
  if (!recipe) {
    return (
      <>
        <h1 class="unseen">{t("add.title")}</h1>
        <Notice title={t("add.bad")} text={t("images.drop")} />
      </>
    );
  }
  return (
    <div class="one add">
      <h1>{t("add.title")}</h1>
      <span class="small">
        <Thumbnail recipe={recipe} resolution={smallResolution.value} alt={t("add.title")} />
      </span>
      <Button look="primary" onClick={() => beginCase(withImage(newCase(t("editor.defaultTitle", { date: today() }), []), recipe, labelFields.value))}>
        {t("add.new")}
      </Button>
      <h2>{t("add.to")}</h2>
      <ul class="panel">
        {list.things?.map((one) => (
          <li key={one.caseId} class="row spread">
            <span>{one.title}</span>
            {one.images < MAX_IMAGES ? (
              <Button label={t("add.toOne", { title: one.title })} onClick={() => void addTo(one.caseId, recipe)}>
                {t("add.toIt")}
              </Button>
            ) : (
              <span class="note">{t("add.full")}</span>
            )}
          </li>
        ))}
      </ul>
      {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
    </div>
  );
}

async function addTo(caseId: string, recipe: Recipe): Promise<void> {
  arrive(caseAt(caseId));
  await caseDraft.open(caseId);
  const { value: one } = caseDraft.current;
  if (one && one.images.length < MAX_IMAGES) caseDraft.change(withImage(one, recipe, labelFields.value));
}
