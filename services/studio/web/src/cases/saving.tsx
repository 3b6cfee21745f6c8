// How what is edited stands to what is saved, and what can be done about it.

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { useEffect } from "preact/hooks";

import { Button } from "../parts/buttons";
import type { Draft } from "../parts/draft";
import { t } from "../texts/texts";
import type { Versioned } from "./store";

interface SavingProps<Desc extends DescMessage, One extends MessageShape<Desc> & Versioned> {
  draft: Draft<Desc, One>;
  onSave: () => void;
}

export function Saving<Desc extends DescMessage, One extends MessageShape<Desc> & Versioned>({ draft, onSave }: SavingProps<Desc, One>) {
  const mode = draft.mode.value;
  useEffect(() => {
    const save = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      onSave();
    };
    addEventListener("keydown", save);
    return () => removeEventListener("keydown", save);
  });
  return (
    <div class="saving row">
      <Button onClick={() => draft.undo()} disabled={!draft.undoable.value}>
        {t("action.undo")}
      </Button>
      <Button keys="Control+S" onClick={onSave} disabled={mode === "saved" || mode === "saving"}>
        {t("action.save")}
      </Button>
      <p class={`state ${mode}`} role="status">
        {textOf(draft)}
      </p>
    </div>
  );
}

function textOf<Desc extends DescMessage, One extends MessageShape<Desc> & Versioned>({ mode, failure, current }: Draft<Desc, One>): string {
  const version = current.value?.version ?? 0;
  switch (mode.value) {
    case "saved":
      return t("save.saved", { version });
    case "changed":
      return t(version === 0 ? "save.new" : "save.changed");
    case "saving":
      return t("save.saving");
    case "failed":
      return t("save.failed", { message: failure.value });
    case "conflict":
      return t("save.changed");
  }
}

// What needs a decision: somebody else's version, or changes of an earlier visit.
export function Decisions<Desc extends DescMessage, One extends MessageShape<Desc> & Versioned>({ draft }: { draft: Draft<Desc, One> }) {
  if (draft.mode.value === "conflict") {
    return (
      <div class="decision" role="alert">
        <p>{t("save.conflict")}</p>
        <div class="row">
          <Button look="primary" onClick={() => void draft.keepMine()}>
            {t("save.keepMine")}
          </Button>
          <Button onClick={() => void draft.discard()}>{t("save.takeTheirs")}</Button>
        </div>
      </div>
    );
  }
  if (!draft.restored.value) return null;
  return (
    <div class="decision" role="status">
      <p>{t("save.restored")}</p>
      <Button onClick={() => void draft.discard()}>{t("save.discard")}</Button>
    </div>
  );
}
