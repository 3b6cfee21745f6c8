// The chain, the fields by which entries are chosen, and the entries.

import { Frame, PAGES } from "../parts/frame";
import { Told } from "../parts/told";
import { t } from "../texts/texts";
import { Chain } from "./chain";
import { Entries } from "./entries";
import { Export } from "./export";
import { FilterFields } from "./filterfields";

export function AuditPage() {
  return (
    <Frame page="audit" pages={PAGES}>
      <main class="audit" id="controls" tabIndex={-1}>
        <div class="one wide">
          <h1>{t("audit.title")}</h1>
          <p class="note">{t("audit.what")}</p>
          <Chain />
          <FilterFields />
          <Entries />
          <Export />
        </div>
      </main>
      <Told />
    </Frame>
  );
}
