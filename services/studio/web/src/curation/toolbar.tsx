// What is listed, where to go, and how the sheets are drawn.

import { useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Choice, SeedField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { dimensions, labelFields } from "../state/served";
import { known, number, t } from "../texts/texts";
import { DECISIONS } from "./card";
import type { Decision } from "./draft";
import { labelsShown, lastSeed, qualityShown, rangeShown, ranges } from "./drawing";
import { goTo, shown } from "./keys";
import { draft, list, listed, look, view } from "./store";
import { ROWS, targetOf } from "./view";

export function Toolbar() {
  return (
    <div class="tools" id="controls" tabIndex={-1}>
      <Finding />
      <Settings />
    </div>
  );
}

function Finding() {
  const { show, find } = view.value;
  return (
    <form class="settings" role="search" aria-label={t("curation.finding")} onSubmit={(event) => event.preventDefault()}>
      <div class="field">
        <label for="find">{t("curation.find")}</label>
        <input id="find" type="search" value={find} aria-keyshortcuts="/" onInput={(event) => look({ find: event.currentTarget.value })} />
      </div>
      <Choice<Decision | "all">
        id="show"
        label={t("curation.show")}
        value={show}
        options={(["all", ...DECISIONS] as const).map((value) => ({ value, text: t(`curation.show.${value}`) }))}
        onChange={(value) => look({ show: value })}
      />
      <Jump />
      <Button onClick={() => (shown.value = true)} keys="?">
        {t("curation.keys")}
      </Button>
    </form>
  );
}

function Jump() {
  const [typed, setTyped] = useState("");
  const [failure, setFailure] = useState("");
  const jump = () => {
    const { components, regions } = draft.value;
    const target = targetOf(typed, components.length, regions.length);
    setFailure(target || !typed ? "" : t("curation.jump.nowhere", { components: components.length - 1, regions: regions.length - 1 }));
    if (target) jumpTo(target);
  };
  return (
    <div class="field">
      <label for="jump">{t("curation.jump")}</label>
      <div class="row">
        <input
          id="jump"
          type="text"
          autocomplete="off"
          value={typed}
          placeholder={t("curation.jump.example")}
          aria-keyshortcuts="g"
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && jump()}
        />
        <Button onClick={jump}>{t("curation.jump.go")}</Button>
      </div>
      <ErrorLine text={failure} />
    </div>
  );
}

// To a card, listed or not.
export function jumpTo(id: string): void {
  const there = () => document.getElementById(id);
  if (!there()) look({ show: "all", find: "", all: true });
  history.replaceState(history.state, "", `#${id}`);
  setTimeout(() => goTo(there()));
}

function Settings() {
  const { previewResolution = 0, resolution = 0 } = dimensions.value ?? {};
  const { seed, rows, labels } = view.value;
  const pictures = [
    ...(previewResolution ? [{ value: "quick" as const, text: t("curation.quality.quick", { pixels: previewResolution }) }] : []),
    { value: "full" as const, text: t("curation.quality.full", { pixels: resolution }) },
  ];
  const chosen = labelsShown();
  return (
    <form class="settings" id="settings" aria-label={t("curation.settings")} onSubmit={(event) => event.preventDefault()}>
      <SeedField id="first-seed" label={t("curation.firstSeed")} value={seed} max={lastSeed()} onChange={(value) => look({ seed: value })} />
      <Choice
        id="num-seeds"
        label={t("curation.rows")}
        value={String(rows)}
        options={ROWS.map((value) => ({ value: String(value), text: number(value) }))}
        onChange={(value) => look({ rows: Number(value) })}
      />
      <Choice
        id="range"
        label={t("curation.columns")}
        value={String(rangeShown())}
        options={ranges().map((value) => ({ value, text: `${value} \u03c3` }))}
        onChange={(value) => look({ range: value })}
      />
      {previewResolution ? (
        <Choice id="quality" label={t("curation.pictures")} value={qualityShown()} options={pictures} onChange={(value) => look({ quality: value })} />
      ) : null}
      {labelFields.value.length > 0 ? (
        <div class="settings" id="labels" role="group" aria-label={t("curation.labels")}>
          {labelFields.value.map(({ name, values }) => (
            <Choice
              key={name}
              label={known(`label.${name}`, name)}
              value={chosen[name] ?? ""}
              options={["", ...values].map((value) => ({ value, text: value || t("label.any") }))}
              onChange={(value) => {
                const { [name]: _before, ...others } = labels;
                look({ labels: value ? { ...others, [name]: value } : others });
              }}
            />
          ))}
        </div>
      ) : null}
    </form>
  );
}

// Under the components: those that matter less, on request.
export function Minor() {
  const { minor } = listed.value;
  const { all } = view.value;
  if (minor === 0) return null;
  return (
    <p class="row minor">
      <Button onClick={() => look({ all: !all })}>{t(all ? "curation.minor.hide" : "curation.minor.show", { count: number(minor) })}</Button>
      <span class="note">{t("curation.minor.why")}</span>
    </p>
  );
}

// Where nothing is listed, or what has been decided meanwhile still is.
export function NothingListed({ count }: { count: number }) {
  if (count > 0) return null;
  return (
    <p class="absent row">
      {t("curation.nothingListed")}
      <Button look="quiet" onClick={() => (look({ show: "all", find: "", all: true }), list())}>
        {t("curation.listAll")}
      </Button>
    </p>
  );
}
