// An educator chooses what becomes a link in a course.

import { useEffect, useId, useState } from "preact/hooks";

import { refreshed } from "../parts/acts";
import { askAgain, onEnter } from "../parts/lists";
import { ErrorLine, Notice } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { ask } from "../rpc/studio";
import { counted, language, ofDates, t, type TextKey } from "../texts/texts";

interface Resource {
  id: string; // "quiz_...", "case_...", "collection_...", "study_..."
  title: string;
  points: number;
  at: number; // milliseconds since 1970
}

interface Listed {
  resources: Resource[];
  several: boolean;
  platform: string;
}

const KINDS = ["quiz", "case", "collection", "study"] as const;
const kindOf = ({ id }: Resource) => id.slice(0, id.indexOf("_")) as (typeof KINDS)[number];
const dayOf = (at: number) => new Date(at).toLocaleDateString(ofDates.value, { dateStyle: "medium" });

export function Choose({ launch }: { launch: string }) {
  const [listed, setListed] = useState<Listed | null>(null);
  const [failure, setFailure] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [words, setWords] = useState("");
  const search = useId();
  useEffect(() => {
    ask("lti/resources", { launch })
      .then(async (answer) => {
        setListed((await answer.json()) as Listed);
        setFailure("");
      })
      .catch((error: unknown) => setFailure(messageOf(error)));
  }, [launch, refreshed.value]);
  const several = listed?.several ?? false;
  const toggle = (id: string) => setChosen(!several ? [id] : chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const shown = (listed?.resources ?? []).filter(({ title }) => title.toLocaleLowerCase().includes(words.trim().toLocaleLowerCase()));
  return (
    <form class="one" method="post" action={`lti/return?lang=${language.value}`}>
      <input type="hidden" name="launch" value={launch} />
      <input type="hidden" name="chosen" value={chosen.join(" ")} />
      <h1>{t("lti.choose")}</h1>
      <p class="note">{t(several ? "lti.chooseSeveral" : "lti.chooseOne")}</p>
      {listed ? <ErrorLine text={failure} /> : null}
      {!listed && failure ? <Notice title={t("state.notOpened")} text={failure} onRetry={askAgain} /> : null}
      {!listed && !failure ? <p role="status">{t("state.loading")}</p> : null}
      {listed ? (
        <p class="field">
          <label for={search}>{t("lti.search")}</label>
          <input id={search} type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} onKeyDown={onEnter(() => false, askAgain)} />
        </p>
      ) : null}
      {listed && shown.length === 0 ? <p class="note">{t(words ? "lti.noneFound" : "lti.none")}</p> : null}
      {KINDS.map((kind) => {
        const some = shown.filter((one) => kindOf(one) === kind);
        return some.length > 0 ? (
          <fieldset key={kind} class="kind">
            <legend>{t(`lti.kind.${kind}` as TextKey)}</legend>
            {some.map((one) => (
              // Checkboxes have no name: `chosen` says it all, those that the search hides too, and each field is sent once.
              <label key={one.id} class="check resource">
                <input type={several ? "checkbox" : "radio"} name={several ? undefined : "one"} value={one.id} checked={chosen.includes(one.id)} onChange={() => toggle(one.id)} />
                <span>
                  {one.title} <span class="note">{about(one)}</span>
                </span>
              </label>
            ))}
          </fieldset>
        ) : null;
      })}
      <p class="row foot">
        <button type="submit" class="button primary" disabled={chosen.length === 0}>
          {t("lti.take")}
        </button>
      </p>
    </form>
  );
}

const about = (one: Resource) => [dayOf(one.at), kindOf(one) === "quiz" ? (one.points > 0 ? counted("lti.points", one.points) : t("lti.noPoints")) : ""].filter(Boolean).join(" · ");
