// A case in the list.

import type { CaseSummary } from "../protos/mammoganesis/v1/cases_pb";
import { Thumbnail } from "../images/small";
import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { caseService } from "../rpc/clients";
import { smallResolution } from "../state/served";
import { counted, t } from "../texts/texts";
import { addressOf, caseAt } from "./address";
import { recipeOfImage } from "./model";
import { go } from "./store";
import { when } from "../parts/when";

interface CardProps {
  one: CaseSummary;
  deleted: boolean;
  chosen: boolean;
  onChoose: () => void;
}

export function CaseCard({ one, deleted, chosen, onChoose }: CardProps) {
  const { caseId, title } = one;
  const recipe = one.firstImage ? recipeOfImage(one.firstImage) : null;
  const there = caseAt(caseId);
  return (
    <li class="card">
      <span class="small">{recipe ? <Thumbnail recipe={recipe} resolution={smallResolution.value} alt="" /> : null}</span>
      <div class="about">
        <h2>
          {deleted ? (
            title
          ) : (
            <a href={addressOf(there)} onClick={(event) => follow(event, () => go(there))}>
              {title}
            </a>
          )}
        </h2>
        <p class="note">
          {[counted("cases.images", one.images), counted("cases.questions", one.questions), t("cases.savedAt", { when: when(one.savedAt) })].join(" · ")}
        </p>
        <div class="row">
          {deleted ? (
            <Button label={t("cases.restoreOne", { title })} onClick={() => void act(() => caseService.restoreCase({ caseId }), { text: t("cases.restored", { title }) })}>
              {t("cases.restore")}
            </Button>
          ) : (
            <>
              <label class="check">
                <input type="checkbox" checked={chosen} aria-label={t("cases.select", { title })} onChange={onChoose} />
              </label>
              <Button label={t("cases.duplicateOne", { title })} onClick={() => void duplicate(one)}>
                {t("cases.duplicate")}
              </Button>
              <Button look="quiet" label={t("cases.deleteOne", { title })} onClick={() => void remove(one)}>
                {t("cases.delete")}
              </Button>
            </>
          )}
        </div>
      </div>
    </li>
  );
}

// A click on a link that the page itself follows; one with another button or key is the browser's.
export function follow(event: MouseEvent, work: () => void): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  work();
}

const MAX_TITLE = 200;

const duplicate = ({ caseId, title }: CaseSummary) =>
  act(() => caseService.duplicateCase({ caseId, title: t("cases.copyTitle", { title }).slice(0, MAX_TITLE) }), { text: t("cases.duplicated", { title }) });

const remove = ({ caseId, title }: CaseSummary) =>
  act(() => caseService.deleteCase({ caseId }), { text: t("cases.deleted", { title }), undo: () => caseService.restoreCase({ caseId }) });
