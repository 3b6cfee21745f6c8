// The curation page put together.

import { Frame, PAGES } from "../parts/frame";
import { Notice } from "../parts/messages";
import { components, connect, regions, served, serverState } from "../state/served";
import { language, t } from "../texts/texts";
import { ComponentCard } from "./componentcard";
import { count } from "./draft";
import { Finish } from "./finish";
import { KeyList } from "./keylist";
import { NumberField } from "../parts/fields";
import { RegionCard } from "./regioncard";
import { begun, changeEpsilon, draft, fresh, listed } from "./store";
import { Minor, NothingListed, Toolbar } from "./toolbar";

export function App() {
  void language.value;
  return (
    <Frame page="curate" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="curate">
        <section class="intro" aria-labelledby="intro-title">
          <h1 id="intro-title">{t("curation.title")}</h1>
          <p>{t("curation.intro")}</p>
          {serverState.value.mode === "down" ? (
            <div id="notice">
              <Notice title={serverState.value.text} text={t("curation.keptHere")} onRetry={() => void connect()} />
            </div>
          ) : null}
          {begun.value ? <Toolbar /> : null}
        </section>
        {begun.value ? (
          <>
            <Components key={`components-${fresh.value}`} />
            <Regions key={`regions-${fresh.value}`} />
          </>
        ) : null}
      </main>
      {begun.value ? <Finish /> : null}
      <KeyList />
    </Frame>
  );
}

function Counts({ id, list }: { id: string; list: Parameters<typeof count>[0] }) {
  const { keep, reject, undecided } = count(list);
  return (
    <span class="count" id={id}>
      {t("curation.counts", { keep, reject, undecided })}
    </span>
  );
}

function Components() {
  const { components: indices } = listed.value;
  return (
    <section id="components" tabIndex={-1} aria-labelledby="components-title">
      <h2 id="components-title">
        {t("curation.components")} <Counts id="components-count" list={draft.value.components} />
      </h2>
      {components.value.length === 0 ? <p class="absent">{t("curation.components.none")}</p> : <NothingListed count={indices.length} />}
      <div id="component-cards">
        {indices.map((index) => (
          <ComponentCard key={index} index={index} />
        ))}
      </div>
      <Minor />
    </section>
  );
}

function Regions() {
  const { regions: indices } = listed.value;
  return (
    <section id="regions" tabIndex={-1} aria-labelledby="regions-title">
      <h2 id="regions-title">
        {t("curation.regions")} <Counts id="regions-count" list={draft.value.regions} />
      </h2>
      {regions.value.length === 0 ? (
        <p class="absent">{t("curation.regions.none")}</p>
      ) : (
        <>
          <div class="settings">
            {(["default_epsilon", "low_resolution_epsilon"] as const).map((field) => (
              <NumberField
                key={field}
                id={field.replaceAll("_", "-")}
                label={t(`curation.${field}`)}
                value={draft.value[field] === "" ? null : Number(draft.value[field])}
                onChange={(value) => changeEpsilon(field, value === null ? "" : Number.isNaN(value) ? "?" : String(value))}
              />
            ))}
          </div>
          <NothingListed count={indices.length} />
        </>
      )}
      <div id="region-cards">
        {indices.map((index) => (
          <RegionCard key={index} index={index} />
        ))}
      </div>
    </section>
  );
}
