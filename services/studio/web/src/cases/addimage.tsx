// One image more: of a seed, or out of what is dropped, pasted or chosen.

import { useEffect, useState } from "preact/hooks";

import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { recipeOfFile, recipeOfWords } from "../images/opened";
import { Button } from "../parts/buttons";
import { SeedField, TextField } from "../parts/fields";
import { FileButton, OF_OURS } from "../parts/filebutton";
import { ErrorLine } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { editing, randomSeed, served } from "../state/served";
import { t } from "../texts/texts";

interface AddImageProps {
  onAdd: (recipe: Recipe) => void;
  onSeed: (seed: number) => void;
}

export function AddImage({ onAdd, onSeed }: AddImageProps) {
  const [seed, setSeed] = useState(randomSeed);
  const [words, setWords] = useState("");
  const [failure, setFailure] = useState("");
  const [over, setOver] = useState(false);
  const take = (recipe: Recipe | null, name: string) => {
    setFailure(recipe ? "" : t("images.notOurs", { name }));
    if (recipe) onAdd(recipe);
    return recipe !== null;
  };
  const takeFile = async (file: File) => {
    try {
      take(await recipeOfFile(file), file.name);
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  const takeAll = (data: DataTransfer | null): boolean => {
    const [file] = data?.files ?? [];
    const text = data?.getData("text/plain").trim() ?? "";
    if (file) void takeFile(file);
    else if (text) take(recipeOfWords(text), text.slice(0, 60));
    return file !== undefined || text !== "";
  };
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.matches("input, textarea")) return; // what is pasted into a field is its text
      if (takeAll(event.clipboardData)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.type === "drop") takeAll(event.dataTransfer);
      if (event.type === "dragover") setOver(true);
    };
    document.addEventListener("paste", paste);
    for (const name of ["dragover", "dragleave", "drop"] as const) document.addEventListener(name, drop);
    return () => {
      document.removeEventListener("paste", paste);
      for (const name of ["dragover", "dragleave", "drop"] as const) document.removeEventListener(name, drop);
    };
  });
  return (
    <section class={`adding ${over ? "over" : ""}`} aria-label={t("images.add")}>
      <h2>{t("images.add")}</h2>
      <SeedField label={t("images.seed")} value={seed} max={editing.value.maxSeed} onChange={setSeed}>
        <Button onClick={() => setSeed(randomSeed())}>{t("action.random")}</Button>
        <Button disabled={served.value === null} onClick={() => onSeed(seed)}>{t("images.addSeed")}</Button>
      </SeedField>
      <TextField label={t("images.paste")} value={words} onChange={setWords} />
      <div class="row">
        <Button disabled={!words.trim()} onClick={() => take(recipeOfWords(words), words.slice(0, 60)) && setWords("")}>
          {t("images.addPaste")}
        </Button>
        <FileButton accept={OF_OURS} onFiles={([file]) => void (file && takeFile(file))}>
          {t("images.choose")}
        </FileButton>
      </div>
      <p class="note">{t("images.drop")}</p>
      <ErrorLine text={failure} />
    </section>
  );
}
