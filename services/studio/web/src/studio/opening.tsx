// Opening what was taken away: a file dropped anywhere on the page or chosen, or a recipe or link pasted.

import { equals } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import { Dialog } from "../parts/dialog";
import { FileButton, OF_OURS } from "../parts/filebutton";
import { Message } from "../parts/messages";
import { recipeOfFile, recipeOfWords } from "../images/opened";
import { NoiseSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { withNames } from "../state/axes";
import { withOwnNoise } from "../state/mixtures";
import { latentOf } from "../state/recipe";
import { directions } from "../state/served";
import { settle } from "../state/store";
import { t } from "../texts/texts";

const refused = signal(""); // what held no recipe

async function open(recipe: Recipe | null, name: string): Promise<void> {
  refused.value = recipe ? "" : t("open.none", { name });
  if (recipe) settle(withNames(await withoutOwnNoise(recipe), directions.value), { screen: "edit" });
}

// A complete recipe names the noise that its image has anyhow. It is left out again, so that it follows the seed; other noise was chosen and stays.
async function withoutOwnNoise(recipe: Recipe): Promise<Recipe> {
  const own = withOwnNoise(recipe);
  try {
    const { recipe: complete } = await samplingService.describeRecipe({ latent: latentOf(own) });
    return recipe.noise && complete?.noise && equals(NoiseSchema, recipe.noise, complete.noise) ? own : recipe;
  } catch {
    return recipe; // what is wrong with it, the picture's place says
  }
}

async function openFile(file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    await open(await recipeOfFile(file), file.name);
  } catch (error) {
    refused.value = messageOf(error);
  }
}

// Whether a file hangs over the page; files dropped and recipes pasted are opened.
export function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onDragOver = (event: DragEvent) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const onDrop = (event: DragEvent) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      setOver(false);
      void openFile(event.dataTransfer?.files[0]);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const recipe = recipeOfWords(event.clipboardData?.getData("text/plain") ?? "");
      if (recipe) void open(recipe, "");
      else void openFile(event.clipboardData?.files[0]);
    };
    const listeners = { dragover: onDragOver, dragleave: onDragLeave, drop: onDrop, paste: onPaste };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener as EventListener);
    };
  }, []);
  return over;
}

export function OpenButton() {
  return (
    <>
      <FileButton accept={OF_OURS} look="quiet" label={t("open.label")} onFiles={([file]) => void openFile(file)}>
        {t("action.open")}
      </FileButton>
      <Dialog title={t("open.label")} open={refused.value !== ""} onClose={() => (refused.value = "")}>
        <p>
          <Message text={refused.value} />
        </p>
      </Dialog>
    </>
  );
}
