// Collections beside the list of cases.

import type { Collection } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { caseService } from "../rpc/clients";
import { counted, t } from "../texts/texts";
import { addressOf, type Place } from "./address";
import { follow } from "./card";
import { useList } from "../parts/lists";
import { go } from "./store";

export function Collections() {
  const list = useList<Collection>("", async (pageToken, signal) => {
    const { collections, nextPageToken } = await caseService.listCollections({ pageToken }, { signal });
    return { things: collections, next: nextPageToken };
  });
  return (
    <section class="collections" aria-label={t("collections.title")}>
      <h2>{t("collections.title")}</h2>
      {list.things?.length === 0 ? <p class="note">{t("collections.none")}</p> : null}
      <ul>
        {list.things?.map(({ collectionId, title, caseIds }) => {
          const there: Place = { at: "collection", collectionId };
          return (
            <li key={collectionId}>
              <a href={addressOf(there)} onClick={(event) => follow(event, () => go(there))}>
                {title}
              </a>
              <span class="note">{counted("cases.count", caseIds.length)}</span>
            </li>
          );
        })}
      </ul>
      {list.more ? <Button onClick={list.more}>{t("action.more")}</Button> : null}
    </section>
  );
}
