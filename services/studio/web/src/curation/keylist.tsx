// The list of keys, and the switch for them.

import { Dialog } from "../parts/dialog";
import { Check } from "../parts/fields";
import { t } from "../texts/texts";
import { acting, KEYS, setActing, shown } from "./keys";

export function KeyList() {
  return (
    <Dialog title={t("curation.keys")} open={shown.value} onClose={() => (shown.value = false)}>
      <dl class="keys">
        {KEYS.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`curation.keys.${does}`)}</dd>
          </div>
        ))}
      </dl>
      <Check checked={acting.value} onChange={setActing}>
        {t("curation.keys.acting")}
      </Check>
    </Dialog>
  );
}
