// Another image beside the one that is edited: a seed, a file, or a step of the history.

import { useState } from "preact/hooks";

import { recipeOfFile } from "../../images/opened";
import { Thumbnail } from "../../images/small";
import { Button } from "../../parts/buttons";
import { Dialog } from "../../parts/dialog";
import { SeedField } from "../../parts/fields";
import { FileButton, OF_OURS } from "../../parts/filebutton";
import { ErrorLine } from "../../parts/messages";
import type { Recipe } from "../../protos/mammoganesis/v1/latents_pb";
import { messageOf } from "../../rpc/failures";
import { recipeOfText } from "../../state/address";
import { isEdited, recipeOfSeed, sampleOf, seedOf } from "../../state/recipe";
import { editing, randomSeed, smallResolution } from "../../state/served";
import { history, recipe } from "../../state/store";
import { titleOf } from "../../state/words";
import { t } from "../../texts/texts";
import { HelpOn } from "./helpon";

interface ReferenceProps {
  title: string;
  reference: Recipe;
  onRefer: (reference: Recipe, live?: boolean) => void;
}

export function Reference({ title, reference, onRefer }: ReferenceProps) {
  const [choosing, setChoosing] = useState(false);
  const [refused, setRefused] = useState("");
  const [over, setOver] = useState(false);
  const plain = !isEdited(reference) && seedOf(reference) !== null;
  const ofSeed = (seed: number) => {
    const like = plain ? reference : sampleOf(recipe.value); // the same views and truncation
    return recipeOfSeed(seed, like?.labels ?? {}, like?.truncation?.psi);
  };
  const open = async (file: File | undefined) => {
    if (!file) return;
    try {
      const found = await recipeOfFile(file);
      setRefused(found ? "" : t("open.none", { name: file.name }));
      if (found) onRefer(found);
    } catch (error) {
      setRefused(messageOf(error));
    }
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation(); // else the page would open it
    void open(event.dataTransfer.files[0]);
  };
  return (
    <div
      class={`reference ${over ? "over" : ""}`}
      role="group"
      aria-label={title}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Thumbnail recipe={reference} resolution={smallResolution.value} alt={t("edit.reference.alt", { title: titleOf(reference) })} />
      <div class="reference-choice">
        <SeedField
          label={title}
          value={plain ? seedOf(reference) : null}
          max={editing.value.maxSeed}
          onTyping={(seed) => onRefer(ofSeed(seed), true)}
          onChange={(seed) => onRefer(ofSeed(seed))}
          help={<HelpOn topic="reference" name={title} />}
        >
          <Button onClick={() => onRefer(ofSeed(randomSeed()))}>{t("action.random")}</Button>
        </SeedField>
        {plain ? null : <p class="note">{titleOf(reference)}</p>}
        <div class="row">
          <FileButton accept={OF_OURS} onFiles={([file]) => void open(file)}>
            {t("edit.reference.file")}
          </FileButton>
          <Button onClick={() => setChoosing(true)}>{t("edit.reference.history")}</Button>
        </div>
        <ErrorLine text={refused} />
      </div>
      <Dialog title={t("edit.reference.choose")} open={choosing} onClose={() => setChoosing(false)} wide>
        <Steps
          onChoose={(chosen) => {
            setChoosing(false);
            onRefer(chosen);
          }}
        />
      </Dialog>
    </div>
  );
}

const SHOWN = 60; // the latest steps

function Steps({ onChoose }: { onChoose: (recipe: Recipe) => void }) {
  const steps = [...new Set(history.value.entries)].slice(-SHOWN).reverse();
  return (
    <ul class="steps">
      {steps.map((step) => {
        const one = recipeOfText(step);
        return (
          <li key={step}>
            <button type="button" onClick={() => onChoose(one)}>
              <Thumbnail recipe={one} resolution={smallResolution.value} alt="" />
              <span>{titleOf(one)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
