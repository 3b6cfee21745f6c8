// Asked before a page with unsaved changes is left.

import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { t } from "../texts/texts";
import { arrive, caseDraft, collectionDraft, leaveWithoutSaving, wanted } from "./store";

export function Leave() {
  const stay = () => (wanted.value = null);
  const save = async () => {
    const { value: next } = wanted;
    const draft = caseDraft.current.value ? caseDraft : collectionDraft;
    stay();
    if ((await draft.save()) && next) arrive(next);
  };
  return (
    <Dialog title={t("leave.title")} open={wanted.value !== null} onClose={stay}>
      <div class="panel">
        <p>{t("leave.text")}</p>
        <div class="row">
          <Button look="primary" onClick={() => void save()}>
            {t("leave.save")}
          </Button>
          <Button onClick={leaveWithoutSaving}>{t("leave.drop")}</Button>
          <Button onClick={stay}>{t("leave.stay")}</Button>
        </div>
      </div>
    </Dialog>
  );
}
